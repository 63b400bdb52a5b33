"""Files of one shape as one relation, with the columns that a contract reads by the contract's names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.store.errors import UserError
from regulars.store.sql import literal, quoted

REJECTS, REJECT_SCANS = "csv_rejects", "csv_reject_scans"
# what reading adds to the file's own columns, in names that no export uses
ROW_NUMBER, IS_READABLE, LINE = '"row_number as read"', '"is_readable as read"', '"line as read"'
FILE, PATH = '"file as read"', "path as read"


@dataclass(frozen=True)
class FileRows:
    """Files as SQL: a query with the columns `FILE`, `ROW_NUMBER`, `IS_READABLE` and the files' own.

    `FILE` is the place among `paths`, and `ROW_NUMBER` goes on from one file to the next. `delivered` says
    what the files call each of their columns, and `count_query` how many rows each of them has.
    `absent` are columns that no row has and that count as empty: of a format without a header all that are
    asked for, of another those that the contract lets a file lack.
    `source` is the part of both queries that reads the files, where reading is so dear that its result is
    kept in a table; `scan` numbers its rows.
    `text_column` holds a row as it was delivered, if the format has such a thing. Lines that the
    format cannot hold go to table `REJECTS`, if there are `header_lines` to count them from.
    """

    paths: tuple[Path, ...]
    query: str
    delivered: Mapping[str, str]
    count_query: str
    source: str | None = None
    scan: str | None = None
    text_column: str | None = None
    header_lines: int | None = None
    absent: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The first file, which a message names where it is the only one."""
        return self.paths[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns, by the contract's names for those that it reads."""
        return (*self.delivered, *self.absent)

    @property
    def has_header(self) -> bool:
        """Whether the format says which columns a file has, apart from its rows."""
        return self.text_column is None

    @property
    def whole_query(self) -> str:
        """A query that reads every value of the file, and so fails exactly if the file is damaged."""
        return f'select count(*) from ({self.query}) as "whole row" where hash("whole row") = 0'

    def of(self, path: Path) -> "FileRows":
        """Another file of the same columns, read in the same way."""
        other = replace(self, paths=(path,))
        for named in (duckdb_paths, place_among):
            other = other.with_part(named(self.paths), named([path]))
        return other

    def text_query(self, row_numbers: str) -> str:
        """The rows of these numbers as they were delivered, in column `row_text`."""
        text = self.text_column or f"cast({json_object(self.delivered)} as varchar)"
        return (
            f"select {ROW_NUMBER} as row_number, {text} as row_text from ({self.query})"
            f" where {ROW_NUMBER} in ({row_numbers})"
        )

    def kept_in(self, table: str) -> "FileRows":
        """The same rows from a table that holds what `source` reads, in its order."""
        if not self.scan:
            return self
        # a file's own column of that name hides where a row stands
        names = {name.casefold() for names in self.delivered.items() for name in names}
        return self.with_part(
            self.scan, numbered(table) if "rowid" in names else numbered(table, "rowid + 1")
        )

    def first(self, rows: int) -> "FileRows":
        """Only the first rows of the file; lines that are no row get lost."""
        query = f"select * from ({self.query}) limit {rows}"
        return replace(
            self, query=query, count_query=f"select {FILE}, count(*) from ({query}) group by {FILE}"
        )

    def only(self, row_numbers: str) -> "FileRows":
        """The rows of these numbers; all of them where there is no `scan` to narrow."""
        few = f"(from {self.scan} where {ROW_NUMBER} in ({row_numbers}))"
        return self.with_part(self.scan, few) if self.scan else self

    def with_part(self, here: str, there: str) -> "FileRows":
        """The same with another part in the queries."""
        query, count_query = self.query.replace(here, there), self.count_query.replace(here, there)
        source = self.source.replace(here, there) if self.source else None
        scan = self.scan.replace(here, there) if self.scan else None
        return replace(self, query=query, count_query=count_query, source=source, scan=scan)

    def with_absent(self, names: Collection[str]) -> "FileRows":
        """The same rows with empty columns of these names."""
        if not names:
            return self
        empty = ", ".join(f"cast(null as varchar) as {quoted(name)}" for name in names)
        return replace(self, query=f"select *, {empty} from ({self.query})", absent=tuple(names))


def numbered(source: str, number: str = "row_number() over ()") -> str:
    """SQL for the rows of `source` with their numbers.

    Only one thread counts the rows of a scan, and copies each; those of a table know where they stand.
    """
    return f"(select *, {number} as {ROW_NUMBER} from {source})"


def json_object(keys: Mapping[str, str]) -> str:
    """SQL for an object of columns with the keys that they get; numbers that JSON does not know are text."""
    # what type a column has is known before any row is read, so that only such columns are searched
    may_hold_one = "regexp_matches(typeof({column}), 'DOUBLE|FLOAT')"
    holds_one = "regexp_matches(cast(to_json({column}) as varchar), 'NaN|Infinity')"
    value = (
        f"case when {may_hold_one} and {holds_one} then to_json(cast({{column}} as varchar))"
        " else to_json({column}) end"
    )
    values = (f"{literal(key)}, {value.format(column=quoted(column))}" for column, key in keys.items())
    return f"json_object({', '.join(values)})"


def renamed(query: str, called: Mapping[str, str]) -> str:
    """`query` with the names of `called` for the columns that the file calls otherwise."""
    others = {column: name for column, name in called.items() if column != name}
    if not others:
        return query
    excluded = ", ".join(map(quoted, others))
    new = ", ".join(f"{quoted(column)} as {quoted(name)}" for column, name in others.items())
    return f"select * exclude ({excluded}), {new} from ({query})"


def by_name(called: Mapping[str, str]) -> dict[str, str]:
    """What the file calls each column, from what the contract calls it."""
    return {name: column for column, name in called.items()}


def duckdb_paths(paths: Collection[Path]) -> str:
    """`paths` as a SQL list of texts in which no character acts as a glob pattern."""
    return f"[{', '.join(map(_duckdb_path, paths))}]"


def _duckdb_path(path: Path) -> str:
    return literal("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def place_among(paths: Collection[Path]) -> str:
    """SQL for the place that column `PATH` has among `paths`, which DuckDB looks for once a thousand rows."""
    names = ", ".join(literal(str(path)) for path in paths)
    return f"enum_code(cast({quoted(PATH)} as enum({names})))"


def damaged(path: Path, error: Exception) -> UserError:
    """The message for a file that could not be read to its end."""
    detail = str(error).strip().split("\n")[0]
    if "state machine reached an invalid state" in detail:
        return UserError(
            "the lines end in different ways, some with CR LF, others with LF or CR",
            file=path,
            remedy="end all lines alike, for instance with `sed -i 's/\\r$//'`, and deliver it again",
        )
    return UserError(f"the file is damaged or cut off: {detail}", file=path, remedy="deliver it again, whole")
