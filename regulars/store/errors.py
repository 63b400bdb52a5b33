"""Mistakes a user can mend, each naming the place, what was found and the remedy."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UserError(Exception):
    """A mistake in what the user gave us; the program ends with exit code 2 and no traceback.

    Args:
        message: What was found and what was expected.
        file: The file to mend, if the mistake is in one.
        line: Its 1-based line.
        remedy: What to do about it, as an imperative sentence.
    """

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, remedy: str = ""
    ) -> None:
        self.message, self.file, self.line, self.remedy = message, file, line, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message + (f"\n  remedy: {self.remedy}" if self.remedy else "")


class PlacedError(ValueError):
    """A mistake that a validator of a whole object found in one of its parts.

    Args:
        message: What was found and what was expected.
        location: The keys and indexes that lead from the object to the part.
    """

    def __init__(self, message: str, *location: int | str) -> None:
        self.location = location
        super().__init__(message)


def nearest(found: str, known: "Iterable[str]") -> str:
    """The sentence that offers the valid name nearest to `found`, or all of them if none is near."""
    names = sorted(known)
    close = get_close_matches(found, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names)}"
