"""How a file of rows comes to be: whole or not at all, in parts if its tool takes no more at once.

UTF-8 without BOM, LF, RFC 4180 quoting, in a stated order: the same rows give the same bytes.
Not here: which rows and columns a file has.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from regulars.store.tools import Tool

# how much of what a tool takes at once a part may use
FULL = 0.9

FORMATS = {
    "csv": "format csv, header {header}, delimiter ',', quote '\"', escape '\"', nullstr ''",
    "jsonl": "format json",
    "parquet": "format parquet, compression zstd",
}

# a row costs its bytes or its share of the most rows, whichever is more; quotes may double each character
PARTS = """
create or replace temp table parts as
with

sized as (

    select {columns}, {order} as part_order, greatest({bytes}, {least}) as part_cost
    from {source}

)

select
    * exclude (part_cost),
    cast((sum(part_cost) over (order by part_order rows unbounded preceding) - part_cost) // {most} as bigint)
        as part_number
from sized
"""


@dataclass(frozen=True)
class Written:
    """One finished file."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Rows:
    """What a file holds: SQL expressions by header, over a relation, ordered by a unique expression."""

    columns: dict[str, str]
    source: str
    order: str


@dataclass(frozen=True)
class File:
    """Rows, and how they become a file; `named` gives its name, or that of a part by its number, from 1."""

    rows: Rows
    folder: Path
    contract: "Tool"
    named: Callable[[int | None], str]
    form: str = "csv"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that becomes `path` when the block ends well, and vanishes if not."""
    with _draft_of(path) as draft:
        yield draft
        _put(draft, path)


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_file(connection: "duckdb.DuckDBPyConnection", file: File) -> list[Written]:
    """Write rows as one file, or as parts below nine tenths of what the tool takes; without rows none."""
    path = file.folder / file.named(None)
    with _draft_of(path) as draft:
        count = _copy(connection, file.rows, draft, file)
        # an empty file could empty what stands at its destination
        if not count:
            return []
        if _is_too_much(draft, count, file.contract):
            return _write_parts(connection, file)
        _put(draft, path)
    return [Written(path.name, count, sha256_of(path))]


def _write_parts(connection: "duckdb.DuckDBPyConnection", file: File) -> list[Written]:
    rows, contract = file.rows, file.contract
    most = int(FULL * (contract.max_bytes or 2**53))
    least = -(-most // int(FULL * contract.max_rows)) if contract.max_rows else 0
    sizes = [f"2 * coalesce(strlen(cast({sql} as varchar)), 0) + 3" for sql in rows.columns.values()]
    columns = ", ".join(f"{sql} as {quoted(header)}" for header, sql in rows.columns.items())
    connection.execute(
        PARTS.format(
            columns=columns,
            order=rows.order,
            bytes=" + ".join(sizes),
            least=least,
            most=most,
            source=rows.source,
        )
    )
    ((last,),) = connection.execute("select max(part_number) from parts").fetchall()
    written = []
    for number in range(int(last) + 1):
        headers = {header: quoted(header) for header in rows.columns}
        part = Rows(headers, f"(from parts where part_number = {number})", "part_order")
        path = file.folder / file.named(number + 1)
        with whole_file(path) as draft:
            count = _copy(connection, part, draft, file)
        written.append(Written(path.name, count, sha256_of(path)))
    connection.execute("drop table parts")
    return written


def _is_too_much(path: Path, count: int, contract: "Tool") -> bool:
    most_bytes, most_rows = contract.max_bytes, contract.max_rows
    return bool(
        (most_bytes and path.stat().st_size > FULL * most_bytes) or (most_rows and count > FULL * most_rows)
    )


def _copy(connection: "duckdb.DuckDBPyConnection", rows: Rows, path: Path, file: File) -> int:
    columns = ", ".join(f"{sql} as {quoted(header)}" for header, sql in rows.columns.items())
    options = FORMATS[file.form].format(header=str(file.contract.header).lower())
    query = f"select {columns} from {rows.source} order by {rows.order}"
    ((count,),) = connection.execute(f"copy ({query}) to {literal(str(path))} ({options})").fetchall()
    return int(count)
