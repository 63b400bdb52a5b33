"""model_words.yml as `regulars rollback` writes it: which version of a model a human says must score."""

import json
from pathlib import Path

from pydantic import Field, field_validator

from regulars.store.model import StoreModel
from regulars.store.yaml_file import YamlFile, read

MODEL_WORDS = "model_words.yml"
HEAD = """\
# Which version of a model must score, whatever is trained; the last word on a model holds.
# `regulars rollback` adds words; take one back by removing its lines.
words:
"""


class ModelWord(StoreModel):
    """What a human says of a model: that one version of it scores."""

    model: str = Field(description="Such as churn; as in model_versions")
    version: str = Field(description="A version of it, as in model_versions")
    because: str = Field(min_length=3, description="Why, for whoever reads it in a year")
    by: str = Field(min_length=1, description="Who says so")


class ModelWords(StoreModel):
    """The content of model_words.yml."""

    words: tuple[ModelWord, ...] = Field(description="The last word on a model holds")

    @field_validator("words", mode="before")
    @classmethod
    def _none_is_empty(cls, words: object) -> object:
        """Who removed the last word may leave the key."""
        return () if words is None else words

    @property
    def in_force(self) -> dict[str, ModelWord]:
        """The last word on each model."""
        return {word.model: word for word in self.words}


def add_model_word(folder: Path, word: ModelWord) -> YamlFile[ModelWords]:
    """Add a word to the file of a store's folder, which is made if there is none."""
    path = folder / MODEL_WORDS
    known = path.read_text("utf-8") if path.exists() else HEAD
    if known and not known.endswith("\n"):
        known += "\n"
    told = {"model": word.model, "version": word.version, "because": word.because, "by": word.by}
    lines = [f"{key}: {json.dumps(text, ensure_ascii=False)}\n" for key, text in told.items()]
    text = known + "  - " + "    ".join(lines)
    file = read(path, text, ModelWords)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return file
