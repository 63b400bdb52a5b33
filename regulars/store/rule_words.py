"""rule_words.yml as `regulars review` writes it: who looked at a rule, when, and why it may stay as it is."""

from datetime import date

from pydantic import Field

from regulars.store.words import Word, WordFile, Words


class RuleWord(Word):
    """What a human says of a rule: that she looked at it, and it may stay."""

    rule: str = Field(
        pattern=r"^(segment|action|channel):[^:\s]+$|^journeys$",
        description="Such as segment:lapsed or action:welcome_offer; journeys for all segments together",
    )
    reviewed: date = Field(description="The newest day that was over")

    @property
    def named(self) -> tuple[str, str]:
        """Kind and id of the rule."""
        kind, _, name = self.rule.partition(":")
        return kind, name or "segments"


class RuleWords(Words):
    """The content of rule_words.yml."""

    words: tuple[RuleWord, ...]

    def in_force(self, night: date) -> dict[tuple[str, str], RuleWord]:
        """The last word on each rule that was said by the end of `night`, by kind and id."""
        said = sorted((word for word in self.words if word.reviewed <= night), key=lambda word: word.reviewed)
        return {word.named: word for word in said}


RULE_WORDS = WordFile(
    "rule_words.yml",
    "# Which rules were looked at and may stay as they are; nights from that day on know it.\n"
    "# `regulars review` adds words; take one back by removing its lines.\n",
    RuleWords,
)
