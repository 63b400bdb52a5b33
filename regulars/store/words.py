"""Files of what humans say, each word with its reason: commands add words at the end, people take them back.

Which words there are is said beside what they are about, such as `identity` and `model_words`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import Field, field_validator

from regulars.store.model import StoreModel
from regulars.store.yaml_file import YamlFile, load, read


class Word(StoreModel):
    """What a human says, why, and who it is."""

    because: str = Field(min_length=3, description="Why, for whoever reads it in a year")
    by: str = Field(min_length=1, description="Who says so")


class Words(StoreModel):
    """The content of a file of words."""

    words: tuple[Word, ...]

    @field_validator("words", mode="before")
    @classmethod
    def _none_is_empty(cls, words: object) -> object:
        """Who removed the last word may leave the key."""
        return () if words is None else words


# whatever it is that somebody says, who and why come at the end
LAST = ("because", "by")
Content = TypeVar("Content", bound=Words)


@dataclass(frozen=True)
class WordFile(Generic[Content]):
    """A file of a store's folder in which words stand: its name, what it says of itself, and its content."""

    name: str
    head: str
    content: type[Content]

    def of(self, folder: Path) -> YamlFile[Content] | None:
        """The file of a store's folder; None if nobody said anything.

        Raises:
            UserError: It cannot be read.
        """
        path = folder / self.name
        return load(path, self.content) if path.exists() else None

    def add(self, folder: Path, told: Mapping[str, object]) -> YamlFile[Content]:
        """Add a word, by its keys, to the file of a store's folder, which is made if there is none.

        Raises:
            UserError: The word says too little or contradicts those that stand in the file, or these cannot
                be read; the file stays as it is.
        """
        path = folder / self.name
        known = path.read_text("utf-8") if path.exists() else f"{self.head}words:\n"
        if known and not known.endswith("\n"):
            known += "\n"
        keys = sorted((key for key in told if told[key] is not None), key=LAST.__contains__)
        lines = [f"{key}: {_written(told[key])}\n" for key in keys]
        text = known + "  - " + "    ".join(lines)
        file = read(path, text, self.content)
        part = path.with_suffix(".part")
        part.write_text(text, "utf-8")
        part.replace(path)
        return file


def _written(value: object) -> str:
    """A value as YAML and JSON write it."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
