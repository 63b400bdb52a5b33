"""The text of a page: what its SQL finds in a version, as figures, tables and specifications of charts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.report.charts import words
from regulars.report.page import Page, Section, sql_of
from regulars.store.sheets import sheet_columns_sql
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb
    import jinja2

STATIC = Path(__file__).parent / "static"
MOST_ROWS = 200
LONG_TEXT = 40
NOTHING = "\N{EN DASH}"
# a smaller figure says less than it seems without these digits
SIGNIFICANT = 3
Row = dict[str, object]


@dataclass(frozen=True)
class Frame:
    """What stands on every page: the store, its currency, the night, the version, and where else to go."""

    title: str
    currency: str
    night: date
    version: str
    pages: Sequence[Page]
    scripts: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """A section with what its SQL found."""

    section: Section
    sql: str
    columns: Sequence[str]
    rows: Sequence[Row]
    csv: str | None

    @property
    def spec(self) -> str | None:
        """The chart as JSON that no HTML parser takes for an end of it; None without rows or chart."""
        if not self.section.chart or not self.rows:
            return None
        spec = self.section.chart(self.rows) | {"data": {"values": self.rows}}
        return json.dumps(spec, default=_plain, separators=(",", ":")).replace("<", "\\u003c")

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that the page shows; the CSV has all."""
        return self.rows[:MOST_ROWS]

    def is_number(self, column: str) -> bool:
        """Whether a column holds numbers, which stand at the right."""
        return any(_is_number(row[column]) for row in self.rows)

    def is_long(self, column: str) -> bool:
        """Whether a column holds sentences, which need room."""
        return any(len(str(row[column])) > LONG_TEXT for row in self.rows)


def render(page: Page, frame: Frame, connection: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    """Write a page of a version, and a CSV for each of its sections, below `folder`.

    `connection` is to the version's database. The same version gives the same bytes.
    """
    answers = [_answer(page, section, frame.night, connection, folder) for section in page.sections]
    figures = _rows(connection, sql_of(page.figures, frame.night))[1] if page.figures else []
    text = _template().render(page=page, frame=frame, answers=answers, figures=figures)
    (folder / f"{page.name}.html").write_text(text, "utf-8")


def _answer(
    page: Page, section: Section, night: date, connection: "duckdb.DuckDBPyConnection", folder: Path
) -> Answer:
    sql, csv = sql_of(section.sql, night), f"data/{page.name}-{section.id}.csv"
    if not _has(connection, section.needs):
        return Answer(section, sql, [], [], None)
    # asked once, and a table keeps the order
    connection.execute(f"create or replace temp table answer as {sql}")
    columns, rows = _rows(connection, "from answer")
    cells = sheet_columns_sql(connection.table("answer")).items()
    selected = ", ".join(f"{cell} as {quoted(name)}" for name, cell in cells)
    connection.execute(f"copy (select {selected} from answer) to {literal(str(folder / csv))} (header)")
    return Answer(section, sql, columns, rows, csv)


def _has(connection: "duckdb.DuckDBPyConnection", tables: Sequence[str]) -> bool:
    known = connection.execute("select table_name from duckdb_tables()").fetchall()
    return set(tables) <= {table for (table,) in known}


def _rows(connection: "duckdb.DuckDBPyConnection", sql: str) -> tuple[list[str], list[Row]]:
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or []]
    return columns, [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@cache
def _template() -> "jinja2.Template":
    import jinja2  # noqa: PLC0415 (only a report needs it)

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(STATIC),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(words=words, cell=cell)
    return environment.get_template("page.html.j2")


def cell(value: object, column: str = "") -> str:
    """A value as a reader reads it: `1,234.5`, `12.3 %` of a `_share`, `yes`, and a dash for null."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not _is_number(value):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    if column.endswith("_share"):
        return f"{number:.1%}"
    if number == int(number):
        return f"{number:,.0f}"
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.{SIGNIFICANT}g}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _plain(value: Any) -> object:  # noqa: ANN401 (whatever DuckDB gives)
    return float(value) if isinstance(value, Decimal) else str(value)
