"""Reads one file of any format as a relation with its own columns by name, never by position or guess."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from regulars.landing.delimited import Layout, read_delimited
from regulars.landing.file_rows import (
    FILE,
    IS_READABLE,
    ROW_NUMBER,
    FileRows,
    by_name,
    damaged,
    duckdb_paths,
    renamed,
)
from regulars.landing.headers import Names, refuse_unclear
from regulars.landing.json_lines import read_json_lines
from regulars.store.contracts import file_format
from regulars.store.errors import UserError

BLOCK = 1024 * 1024
DEFAULT_LAYOUT = Layout()


def read_file(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    *,
    names: Names,
    layout: Layout = DEFAULT_LAYOUT,
    rejects: bool = True,
) -> FileRows:
    """The rows of files of one shape that `check_whole` found whole; columns of text formats are text.

    Args:
        connection: Where the query will run.
        paths: The files; of parquet just one.
        names: What the contract calls the columns that it reads.
        layout: How CSV files are laid out.
        rejects: Whether lines that the format cannot hold are set aside; else they fail the query.

    Raises:
        UserError: A file is damaged, or its header cannot be used.
    """
    first = paths[0]
    try:
        match file_format(first.name):
            case "parquet":
                return _parquet(connection, first, names)
            case "jsonl":
                return read_json_lines(connection, paths, names, rejects=rejects)
            case "csv":
                return read_delimited(paths, names, layout, rejects=rejects)
    except (duckdb.Error, OSError) as error:
        raise damaged(first, error) from error


def check_whole(path: Path, most_bytes: int) -> None:
    """Refuse what cannot be read to its end.

    Raises:
        UserError: The file is empty, cut off, or holds more text than `most_bytes`, unpacked.
    """
    if path.stat().st_size == 0:
        raise UserError("the file is empty, it has not even a header", file=path, remedy="deliver it again")
    try:
        size = _unpacked_size(path, most_bytes) if path.suffix == ".gz" else path.stat().st_size
    except (EOFError, OSError, zlib.error) as error:
        raise damaged(path, error) from error
    if size > most_bytes:
        raise UserError(
            f"the file holds more than {most_bytes:,} bytes of text",
            file=path,
            remedy="look whether it is an export at all; if so, raise largest_file in store.yml",
        )


def _unpacked_size(path: Path, most_bytes: int) -> int:
    """How much a gzip file holds, which is read no further than beyond `most_bytes`.

    It fails unless the file is whole, because DuckDB takes what is there of one that was cut off.
    """
    size = 0
    with gzip.open(path) as file:
        while size <= most_bytes and (block := file.read(BLOCK)):
            size += len(block)
    return size


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, names: Names) -> FileRows:
    source = f"read_parquet({duckdb_paths([path])}, file_row_number = true, hive_partitioning = false)"
    _check_names(connection, path)
    described = connection.execute(f"describe select * from {source}").fetchall()
    called = names.called([row[0] for row in described if row[0] != "file_row_number"], path)
    query = (
        f"select * exclude (file_row_number), 0 as {FILE}, file_row_number + 1 as {ROW_NUMBER},"
        f" true as {IS_READABLE} from {source}"
    )
    counted = f"select 0 as {FILE}, count(*) from {source} group by {FILE}"
    return FileRows((path,), renamed(query, called), by_name(called), counted)


def _check_names(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse names that DuckDB would make up in place of the file's own."""
    schema = connection.execute(f"select name, num_children from parquet_schema({duckdb_paths([path])})")
    (_, columns), *fields = schema.fetchall()
    names = list[str]()
    for _ in range(columns):
        (name, inner), *fields = fields
        names.append(name)
        while inner:
            (_, more), *fields = fields
            inner += (more or 0) - 1
    refuse_unclear(names, path)
    if "file_row_number" in names:
        raise UserError(
            "the file has a column 'file_row_number', which is what DuckDB calls the number of a row",
            file=path,
            remedy="rename it",
        )
