"""What a page of the report is made of: sections, each with its question, its SQL and its chart."""

import re
from dataclasses import dataclass
from datetime import date

from regulars.report.charts import Chart
from regulars.store.sql import date_literal

NIGHT = "{night}"


@dataclass(frozen=True)
class Section:
    """One question and its answer: rows of the published version, and how they are drawn.

    `sql` reads published tables, says `{night}` for the night's day, and orders its rows wholly, so that a
    version has one report. It never selects what is a single customer's. Columns that end in `_share` are
    shares of one and shown as percentages. Without a `chart` the table itself is shown. `needs` names tables
    that a version of an earlier release may lack; of such a one the section says what it says when `empty`.
    """

    title: str
    says: str
    sql: str
    chart: Chart | None = None
    empty: str = "Nothing yet."
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The title as an anchor and as part of a file name."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Page:
    """One page: its file's name without ending, its title, what it answers, its figures and its sections.

    `figures` is SQL that gives rows of label, value and note: a few numbers above all else.
    """

    name: str
    title: str
    says: str
    sections: tuple[Section, ...]
    figures: str = ""


def sql_of(sql: str, night: date) -> str:
    """SQL of a page as it is run on the version of a night."""
    return sql.strip("\n").replace(NIGHT, date_literal(night))
