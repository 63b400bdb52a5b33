"""hold_words.yml as `regulars hold` writes it: whom a human wants left alone, from what, and until when."""

from datetime import date

from pydantic import Field

from regulars.store.actions import ActionClass
from regulars.store.identity import Named
from regulars.store.words import Word, WordFile, Words


class HoldWord(Word):
    """What a human says of one customer: that she is to be left alone."""

    customer: Named = Field(description="An identifier of hers, such as email:ann@example.com")
    action_classes: tuple[ActionClass, ...] = Field(
        ("marketing", "service"), min_length=1, description="The classes of actions that it stops"
    )
    since: date = Field(description="The first night that knows of it")
    until: date | None = Field(None, description="The last night that holds; else until it is taken back")


class HoldWords(Words):
    """The content of hold_words.yml."""

    words: tuple[HoldWord, ...] = Field(description="The last word on a customer holds")

    def in_force(self, night: date) -> tuple[HoldWord, ...]:
        """The last word on each identifier that was said by the end of `night`, if it holds that night."""
        last = {word.customer: word for word in self.words if word.since <= night}
        return tuple(word for word in last.values() if word.until is None or night <= word.until)


HOLD_WORDS = WordFile(
    "hold_words.yml",
    "# Whom to leave alone, from what and until when; the last word on a customer holds.\n"
    "# `regulars hold` adds words; take one back by removing its lines.\n",
    HoldWords,
)
