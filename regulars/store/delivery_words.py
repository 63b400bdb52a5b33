"""delivery_words.yml as `regulars confirm` writes it: nights on which many may leave a tool's audiences."""

from datetime import date

from pydantic import Field

from regulars.store.words import Word, WordFile, Words


class DeliveryWord(Word):
    """What a human says of one night: that an audience may shrink."""

    destination: str = Field(description="As in destinations.yml")
    day: date = Field(description="The as-of day of the night")


class DeliveryWords(Words):
    """The content of delivery_words.yml."""

    words: tuple[DeliveryWord, ...]


DELIVERY_WORDS = WordFile(
    "delivery_words.yml",
    "# Nights on which more than a tenth of an audience may leave it.\n"
    "# `regulars confirm` adds words; take one back by removing its lines.\n",
    DeliveryWords,
)
