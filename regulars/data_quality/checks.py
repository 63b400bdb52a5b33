"""The words a suite is written in: a check, and the kinds of rule it can state.

Not here: what is checked (suites), and how Great Expectations runs it (validation).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Severity = Literal["stop", "warn"]
Catalog = Mapping[str, Mapping[str, str]]
"""Every table of the warehouse as `schema.table`, with its columns and their types."""


@dataclass(frozen=True)
class NoRows:
    """The query lists what breaks the rule and must find nothing.

    It selects ids only, because what it finds may be shown to people. A comparison with null must count as
    broken: write `(a <= b) is not true`, never `a > b`. Braces and single colons belong to the engine.
    `told` is a column of the query that says in words what was found, and nothing of anybody: everybody who
    hears of the failed check is told.
    """

    query: str
    columns: tuple[str, ...] = ()
    told: str | None = None


@dataclass(frozen=True)
class Filled:
    """The column has a value in every row."""

    column: str


@dataclass(frozen=True)
class Unique:
    """No two rows share the values of these columns; rows that miss one are not compared."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class OneOf:
    """The column holds nothing but these values; a missing value is allowed."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """The column holds nothing outside these bounds; a missing value is allowed."""

    column: str
    low: float
    high: float


@dataclass(frozen=True)
class AnyRows:
    """The table is not empty."""


Rule = NoRows | Filled | Unique | OneOf | Between | AnyRows


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must be true of one table, and who is asked when it is not."""

    table: str
    name: str
    rule: Rule
    meaning: str
    owner: str
    severity: Severity = "stop"


@dataclass(frozen=True, kw_only=True)
class Night:
    """What a suite may know: the day, the tables, which of landing are empty, what the caller passed on."""

    as_of: date
    catalog: Catalog
    context: Mapping[str, object]
    empty: frozenset[str] = frozenset()

    @property
    def date_sql(self) -> str:
        """The day as a SQL literal."""
        return f"date '{self.as_of.isoformat()}'"
