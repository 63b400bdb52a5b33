"""rule_words.yml as `regulars review` writes it: who looked at a rule, when, and why it may stay as it is."""

import json
from datetime import date
from pathlib import Path

from pydantic import Field, field_validator

from regulars.store.model import StoreModel
from regulars.store.yaml_file import YamlFile, read

RULE_WORDS = "rule_words.yml"
HEAD = """\
# Which rules were looked at and may stay as they are; nights from that day on know it.
# `regulars review` adds words; take one back by removing its lines.
words:
"""


class RuleWord(StoreModel):
    """What a human says of a rule: that she looked at it, and it may stay."""

    rule: str = Field(
        pattern=r"^(segment|action|channel):[^:\s]+$|^journeys$",
        description="Such as segment:lapsed or action:welcome_offer; journeys for all segments together",
    )
    reviewed: date = Field(description="The newest day that was over")
    because: str = Field(min_length=3, description="Why it may stay, for whoever reads it in a year")
    by: str = Field(min_length=1, description="Who says so")

    @property
    def named(self) -> tuple[str, str]:
        """Kind and id of the rule."""
        kind, _, name = self.rule.partition(":")
        return kind, name or "segments"


class RuleWords(StoreModel):
    """The content of rule_words.yml."""

    words: tuple[RuleWord, ...]

    @field_validator("words", mode="before")
    @classmethod
    def _none_is_empty(cls, words: object) -> object:
        """Who removed the last word may leave the key."""
        return () if words is None else words

    def in_force(self, night: date) -> dict[tuple[str, str], RuleWord]:
        """The last word on each rule that was said by the end of `night`, by kind and id."""
        said = sorted((word for word in self.words if word.reviewed <= night), key=lambda word: word.reviewed)
        return {word.named: word for word in said}


def add_rule_word(folder: Path, *, rule: str, reviewed: date, because: str, by: str) -> YamlFile[RuleWords]:
    """Add a word to the file of a store's folder, which is made if there is none.

    Raises:
        UserError: The word says too little, or the file that stands there cannot be read; it stays as it is.
    """
    path = folder / RULE_WORDS
    known = path.read_text("utf-8") if path.exists() else HEAD
    if known and not known.endswith("\n"):
        known += "\n"
    rule, because, by = (json.dumps(text, ensure_ascii=False) for text in (rule, because, by))
    text = known + f"  - rule: {rule}\n    reviewed: {reviewed}\n    because: {because}\n    by: {by}\n"
    file = read(path, text, RuleWords)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return file
