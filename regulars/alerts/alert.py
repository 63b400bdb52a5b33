"""One thing that somebody must hear of, and the sentence that says it.

It tells of tables, checks and counts and never of a value that was found, which may be a person's; of what
is nobody's, such as a model's drift, the meaning may tell more.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A night that failed, or a check that did; `look` is where to go on, `at` when the run ended (UTC)."""

    day: str | None
    run: str
    at: str | None
    what: Literal["night_failed", "check_failed"]
    severity: Literal["stop", "warn"]
    stage: str
    table: str | None = None
    check: str | None = None
    meaning: str
    breaking_rows: int | None = None
    rows: int | None = None
    owner: str
    look: str


def sentence(alert: Alert, title: str) -> str:
    """The alert in words; `title` is the store's."""
    if alert.what == "night_failed":
        return f"{title}: the night of {alert.day} failed. {alert.meaning} See {alert.look}. ({alert.owner})"
    verb = "stops" if alert.severity == "stop" else "warns"
    return (
        f"{title}, night of {alert.day}: {alert.check} of {alert.table} {verb}. {alert.meaning}"
        f"{_breaking(alert)} See {alert.look}. ({alert.owner})"
    )


def _breaking(alert: Alert) -> str:
    if alert.breaking_rows is None:
        return ""
    if alert.rows is None:
        return f" Rows that break it: {alert.breaking_rows}."
    return f" {alert.breaking_rows} of {alert.rows} rows break it."
