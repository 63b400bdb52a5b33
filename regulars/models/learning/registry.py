"""Where trained models are kept: a folder per version, named by the night and by what is in it.

    state/models/churn/2025-06-30_1f6a0c92d4be/model.json, graded.png

A version is text, never a pickle. Its name holds the beginning of the sha256 of model.json, so that a damaged
file is found whenever it is read, and training the same again finds it there already.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from regulars.warehouse.versions import sync

MODEL, PICTURE = "model.json", "graded.png"
HASH_LETTERS = 12
MOST_LETTERS = 40


class ModelError(Exception):
    """A version of a model is not there, damaged, or made for other features."""


@dataclass(frozen=True)
class Registry:
    """The folder of all models of a store."""

    folder: Path

    def keep(self, model: str, trained_date: date, content: dict[str, Any]) -> str:
        """Write a version, whole or not at all; returns its name."""
        told = (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()
        version = f"{trained_date}_{_hash(told)}"
        file = self.file(model, version)
        if file.exists() and file.read_bytes() == told:
            return version
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(told)
        sync(part)
        part.replace(file)
        # the names too, up to that of a model which is new, or a crash leaves a version that nobody finds
        for folder in (file.parent, file.parent.parent, self.folder):
            sync(folder)
        return version

    def keep_picture(self, model: str, version: str, picture: bytes) -> None:
        """Write the picture of a version that is kept, beside it."""
        file = self.picture(model, version)
        part = file.with_suffix(".part")
        part.write_bytes(picture)
        part.replace(file)

    def read(self, model: str, version: str) -> dict[str, Any]:
        """The content of a version.

        Raises:
            ModelError: It is not there, or not as it was written.
        """
        file = self.file(model, version)
        try:
            told = file.read_bytes()
        except OSError as error:
            raise ModelError(f"{file}: cannot be read: {error}") from error
        if _hash(told) != version.partition("_")[2]:
            raise ModelError(f"{file}: is not as it was written; its hash differs from its folder's name")
        content: dict[str, Any] = json.loads(told)
        return content

    def picture(self, model: str, version: str) -> Path:
        """Where the picture of a version is."""
        return self.file(model, version).with_name(PICTURE)

    def file(self, model: str, version: str) -> Path:
        """Where a version is."""
        return self.folder / model / version / MODEL


def slug(subject: str) -> str:
    """What a model's name says of its subject: small letters, digits and _, and a hash where that is not all.

    Subjects that differ in capitals alone, or in a blank for a _, share one.
    """
    plain = "_".join(re.findall("[a-z0-9]+", subject.lower()))[:MOST_LETTERS]
    if plain and subject.lower() in {plain, plain.replace("_", " ")}:
        return plain
    return "_".join(filter(None, (plain, _hash(subject.encode())[:6])))


def _hash(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()[:HASH_LETTERS]
