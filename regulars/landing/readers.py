"""Reads one file of any format as a relation with its own columns by name, never by position or guess."""

import csv
import gzip
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from regulars.store.contracts import file_format
from regulars.store.errors import UserError
from regulars.warehouse.sql import literal, quoted

LONGEST_LINE = 16 * 1024 * 1024
BLOCK = 1024 * 1024
REJECTS, REJECT_SCANS = "csv_rejects", "csv_reject_scans"
# what reading adds to the file's own columns, in names that no export uses
ROW_NUMBER, IS_READABLE, LINE = '"row_number as read"', '"is_readable as read"', '"line as read"'


@dataclass(frozen=True)
class FileRows:
    """A file as SQL: a query with the columns `ROW_NUMBER`, `IS_READABLE` and the file's own.

    `text_column` holds a row as it was delivered, if the format has such a thing. Lines that the
    format cannot hold go to table `REJECTS`, if there are `header_lines` to count them from.
    """

    path: Path
    query: str
    columns: tuple[str, ...]
    text_column: str | None = None
    header_lines: int | None = None

    @property
    def whole_query(self) -> str:
        """A query that reads every value of the file, and so fails exactly if the file is damaged."""
        return f'select count(*) from ({self.query}) as "whole row" where hash("whole row") = 0'


def read_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    needed: set[str],
    delimiter: str = ",",
    rejects: bool = True,
) -> FileRows:
    """The rows of `path`; columns of text formats are text.

    Args:
        connection: Where the query will run.
        path: The file.
        needed: The columns that must be found, however late in a JSON file they come.
        delimiter: What separates the columns of a CSV file.
        rejects: Whether lines that the format cannot hold are set aside; else they fail the query.

    Raises:
        UserError: The file is empty, damaged, or its header cannot be used.
    """
    if path.stat().st_size == 0:
        raise UserError("the file is empty, it has not even a header", file=path, remedy="deliver it again")
    try:
        if path.suffix == ".gz":
            _read_to_the_end(path)
        match file_format(path.name):
            case "parquet":
                return _parquet(connection, path)
            case "jsonl":
                return _json_lines(connection, path, needed, rejects=rejects)
            case "csv":
                return _csv(path, "\t" if ".tsv" in path.suffixes else delimiter, rejects=rejects)
    except (duckdb.Error, EOFError, OSError, zlib.error) as error:
        raise damaged(path, error) from error


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


def _read_to_the_end(path: Path) -> None:
    """Fail unless a gzip file is whole, because DuckDB takes what is there of one that was cut off."""
    with gzip.open(path) as file:
        while file.read(BLOCK):
            pass


def duckdb_path(path: Path) -> str:
    """`path` as a SQL literal in which no character acts as a glob pattern."""
    return literal("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> FileRows:
    source = f"read_parquet({duckdb_path(path)}, file_row_number = true)"
    described = connection.execute(f"describe select * from {source}").fetchall()
    columns = tuple(row[0] for row in described if row[0] != "file_row_number")
    query = (
        f"select * exclude (file_row_number), file_row_number + 1 as {ROW_NUMBER}, true as {IS_READABLE}"
        f" from {source}"
    )
    return FileRows(path, query, columns)


def _csv(path: Path, delimiter: str, *, rejects: bool) -> FileRows:
    columns = _header(path, delimiter)
    types = ", ".join(f"{literal(column)}: 'varchar'" for column in columns)
    source = _read_csv(
        path,
        f"header = true, columns = {{{types}}}, delim = {literal(delimiter)}, quote = '\"', escape = '\"'",
        rejects=rejects,
    )
    query = f"select *, row_number() over () as {ROW_NUMBER}, true as {IS_READABLE} from {source}"
    return FileRows(path, query, columns, header_lines=1 if rejects else None)


def _read_csv(path: Path, options: str, *, rejects: bool) -> str:
    # DuckDB takes a question mark in a name for the end of it, and then does not see the suffix
    compression = "gzip" if path.suffix == ".gz" else "none"
    aside = f", store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}'"
    return (
        f"read_csv({duckdb_path(path)}, auto_detect = false, {options}, nullstr = '',"
        f" max_line_size = {LONGEST_LINE}, compression = '{compression}'{aside if rejects else ''})"
    )


def _json_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, needed: set[str], *, rejects: bool
) -> FileRows:
    # a delimiter that no JSON holds makes every line one column, whichever way it ends
    lines = (
        "header = false, columns = {'line': 'varchar'}, delim = '\x01\x02\x03\x04', quote = '',"
        " escape = '', strict_mode = false"
    )
    source = (
        f"(select * from (select line as {LINE}, row_number() over () as {ROW_NUMBER}"
        f" from {_read_csv(path, lines, rejects=rejects)}) where trim({LINE}) <> '')"
    )
    keys = _json_keys(connection, f"{source} limit 1000")
    if not {name.casefold() for name in needed} <= set(keys):
        keys = _json_keys(connection, source)
    if not keys:
        raise UserError(
            "no line of the file is a JSON object", file=path, line=1, remedy="deliver one object a line"
        )
    fields = "".join(f", {_json_field(spellings)} as {quoted(spellings[0])}" for spellings in keys.values())
    query = (
        f"select {LINE}, {ROW_NUMBER}, {IS_READABLE}{fields} from"
        f" (select *, json_valid({LINE}) and json_type(case when json_valid({LINE}) then {LINE} end)"
        f" = 'OBJECT' as {IS_READABLE} from {source})"
    )
    columns = tuple(spellings[0] for spellings in keys.values())
    return FileRows(path, query, columns, text_column=LINE, header_lines=0 if rejects else None)


def _json_field(spellings: list[str]) -> str:
    pointers = [literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in spellings]
    found = ", ".join(f"json_extract_string({LINE}, {pointer})" for pointer in pointers)
    return f"case when {IS_READABLE} then coalesce({found}) end"


def _json_keys(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, list[str]]:
    """The keys of the objects in each of their spellings, because SQL's names have no case."""
    query = (
        f"select distinct unnest(json_keys({LINE})) as key from (from {source})"
        f" where json_valid({LINE}) and json_type({LINE}) = 'OBJECT' order by key"
    )
    keys: dict[str, list[str]] = {}
    for (key,) in connection.execute(query).fetchall():
        if key:
            keys.setdefault(key.casefold(), []).append(key)
    return keys


def _header(path: Path, delimiter: str) -> tuple[str, ...]:
    try:
        with _open_text(path) as file:
            header = next(csv.reader(file, delimiter=delimiter, strict=True), [])
        columns = tuple(name.strip() for name in header)
        "".join(columns).encode()
    except csv.Error as error:
        raise UserError(
            f"the header cannot be read: {error}", file=path, line=1, remedy="close its quotes"
        ) from error
    except UnicodeEncodeError:
        raise UserError("the header is not UTF-8", file=path, line=1, remedy="save it as UTF-8") from None
    _check_header(path, columns)
    return columns


def _check_header(path: Path, columns: tuple[str, ...]) -> None:
    if not columns:
        raise UserError(
            "the first line is empty", file=path, line=1, remedy="name the columns in the first line"
        )
    if twice := [name for name, count in Counter(map(str.casefold, columns)).items() if count > 1]:
        raise UserError(f"the header names column '{twice[0]}' twice", file=path, line=1, remedy="rename one")
    if not all(columns):
        raise UserError("the header has a column without a name", file=path, line=1, remedy="name it")


def _open_text(path: Path) -> IO[str]:
    """`path` as text; bytes that are not UTF-8 become surrogates, as only the header must be here."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
