"""Reads one file of any format as a relation with its own columns by name, never by position or guess."""

import gzip
import zlib
from pathlib import Path

import duckdb

from regulars.landing.delimited import read_delimited
from regulars.landing.file_rows import (
    IS_READABLE,
    ROW_NUMBER,
    FileRows,
    by_name,
    damaged,
    duckdb_path,
    renamed,
)
from regulars.landing.headers import Names
from regulars.landing.json_lines import read_json_lines
from regulars.store.contracts import file_format
from regulars.store.errors import UserError

BLOCK = 1024 * 1024


def read_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    names: Names,
    delimiter: str = ",",
    rejects: bool = True,
) -> FileRows:
    """The rows of `path`; columns of text formats are text.

    Args:
        connection: Where the query will run.
        path: The file.
        names: What the contract calls the columns that it reads.
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
                return _parquet(connection, path, names)
            case "jsonl":
                return read_json_lines(connection, path, names, rejects=rejects)
            case "csv":
                separator = "\t" if ".tsv" in path.suffixes else delimiter
                return read_delimited(path, names, delimiter=separator, rejects=rejects)
    except (duckdb.Error, EOFError, OSError, zlib.error) as error:
        raise damaged(path, error) from error


def _read_to_the_end(path: Path) -> None:
    """Fail unless a gzip file is whole, because DuckDB takes what is there of one that was cut off."""
    with gzip.open(path) as file:
        while file.read(BLOCK):
            pass


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, names: Names) -> FileRows:
    source = f"read_parquet({duckdb_path(path)}, file_row_number = true)"
    described = connection.execute(f"describe select * from {source}").fetchall()
    called = names.called([row[0] for row in described if row[0] != "file_row_number"], path)
    query = (
        f"select * exclude (file_row_number), file_row_number + 1 as {ROW_NUMBER}, true as {IS_READABLE}"
        f" from {source}"
    )
    return FileRows(path, renamed(query, called), by_name(called), f"select count(*) from {source}")
