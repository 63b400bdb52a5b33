"""Reads one file of any format as a relation with its own columns by name, never by position or guess."""

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from regulars.store.contracts import file_format
from regulars.store.errors import UserError
from regulars.warehouse.sql import literal, quoted

LONGEST_LINE = 16 * 1024 * 1024
REJECTS, REJECT_SCANS = "csv_rejects", "csv_reject_scans"


@dataclass(frozen=True)
class FileRows:
    """A file as SQL: a query with the columns `row_number`, `is_readable` and the file's own.

    `text_column` holds a row as it was delivered, if the format has such a thing.
    """

    query: str
    columns: tuple[str, ...]
    text_column: str | None = None
    has_rejects: bool = False


def read_file(
    connection: duckdb.DuckDBPyConnection, path: Path, *, needed: set[str], delimiter: str = ","
) -> FileRows:
    """The rows of `path`; columns of text formats are text.

    Raises:
        UserError: The file is empty, damaged, or its header cannot be used.
    """
    if path.stat().st_size == 0:
        raise UserError("the file is empty, it has not even a header", file=path, remedy="deliver it again")
    try:
        match file_format(path.name):
            case "parquet":
                return _parquet(connection, path)
            case "jsonl":
                return _json_lines(connection, path, needed)
            case "csv":
                return _csv(path, "\t" if ".tsv" in path.suffixes else delimiter)
    except (duckdb.Error, EOFError, OSError, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> UserError:
    """The message for a file that could not be read to its end."""
    detail = str(error).strip().split("\n")[0]
    return UserError(f"the file is damaged or cut off: {detail}", file=path, remedy="deliver it again, whole")


def duckdb_path(path: Path) -> str:
    """`path` as a SQL literal in which no character acts as a glob pattern."""
    return literal("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> FileRows:
    source = f"read_parquet({duckdb_path(path)}, file_row_number = true)"
    described = connection.execute(f"describe select * from {source}").fetchall()
    columns = tuple(row[0] for row in described if row[0] != "file_row_number")
    query = f"select * exclude (file_row_number), file_row_number + 1 as row_number, true as is_readable from {source}"
    return FileRows(query, columns)


def _csv(path: Path, delimiter: str) -> FileRows:
    columns = _header(path, delimiter)
    types = ", ".join(f"{literal(column)}: 'varchar'" for column in columns)
    query = (
        f"select *, row_number() over () as row_number, true as is_readable from read_csv({duckdb_path(path)},"
        f" auto_detect = false, header = true, columns = {{{types}}}, delim = {literal(delimiter)},"
        f" quote = '\"', escape = '\"', nullstr = '', max_line_size = {LONGEST_LINE},"
        f" store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}')"
    )
    return FileRows(query, columns, has_rejects=True)


def _json_lines(connection: duckdb.DuckDBPyConnection, path: Path, needed: set[str]) -> FileRows:
    lines = (
        f"(select line, row_number() over () as row_number from read_csv({duckdb_path(path)}, auto_detect = false,"
        f" header = false, columns = {{'line': 'varchar'}}, delim = '\\x01', quote = '', escape = '',"
        f" max_line_size = {LONGEST_LINE}) where trim(line) <> '')"
    )
    columns = _json_keys(connection, f"{lines} limit 1000")
    if not needed <= set(columns):
        columns = _json_keys(connection, lines)
    fields = "".join(
        f", case when is_readable then json_extract_string(line, {literal('$.' + quoted(column))}) end"
        f" as {quoted(column)}"
        for column in columns
    )
    query = (
        f"select line, row_number, is_readable{fields} from"
        f" (select *, json_valid(line) and json_type(case when json_valid(line) then line end) = 'OBJECT'"
        f" as is_readable from {lines})"
    )
    return FileRows(query, columns, text_column="line")


def _json_keys(connection: duckdb.DuckDBPyConnection, lines: str) -> tuple[str, ...]:
    query = (
        f"select distinct unnest(json_keys(line)) as key from (from {lines})"
        f" where json_valid(line) and json_type(line) = 'OBJECT' order by key"
    )
    return tuple(row[0] for row in connection.execute(query).fetchall())


def _header(path: Path, delimiter: str) -> tuple[str, ...]:
    with _open_text(path) as file:
        header = next(csv.reader(file, delimiter=delimiter), [])
    columns = tuple(name.strip() for name in header)
    if twice := [name for name, count in Counter(map(str.casefold, columns)).items() if count > 1]:
        raise UserError(f"the header names column '{twice[0]}' twice", file=path, line=1, remedy="rename one")
    if not all(columns):
        raise UserError("the header has a column without a name", file=path, line=1, remedy="name it")
    return columns


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
