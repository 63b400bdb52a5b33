"""The landing schema: which files were loaded with which result, and the tables their rows went to."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from regulars.landing.streams import StreamFile, stream_files, stream_name
from regulars.store.contracts import Contract
from regulars.store.entities import entities, system_columns
from regulars.store.errors import UserError
from regulars.store.sql import literal, quoted
from regulars.store.yaml_file import YamlFile
from regulars.warehouse.session import lent

FILES = {
    "file_id": "bigint",
    "source": "varchar",
    "stream": "varchar",
    "entity": "varchar",
    "path": "varchar",
    "sha256": "varchar",
    "size_bytes": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_duplicate": "bigint",
    "rows_dead": "bigint",
    "rows_unreadable": "bigint",
    "rows_skipped": "bigint",
    "loaded_date": "date",
}
DEAD_LETTERS = {
    "file_id": "bigint",
    "source": "varchar",
    "entity": "varchar",
    "path": "varchar",
    "row_number": "bigint",
    "column_name": "varchar",
    "value": "varchar",
    "reason": "varchar",
    "row_text": "varchar",
    "loaded_date": "date",
}
TOUCHED_DAYS = {
    "file_id": "bigint",
    "source": "varchar",
    "entity": "varchar",
    "touched_date": "date",
    "night": "date",
}
# no two rows of a source share a key, so DuckDB would look in vain, and long, for a dictionary of them
STORED = {"record_key": " using compression zstd"}


@dataclass(frozen=True)
class NewFile(StreamFile):
    """A file whose content is new at its place."""

    relative_path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class FileAccount:
    """What became of the rows of one file: read = loaded + duplicate + dead + skipped.

    The unreadable are those of the dead that the format itself cannot hold; no condition of a stream can
    judge them, so they are dead letters of every stream that reads the file.
    """

    file_id: int
    path: str
    entity: str
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_dead: int
    rows_unreadable: int
    rows_skipped: int


def in_words(accounts: Sequence[FileAccount]) -> str:
    """What became of files that were loaded together, in one line."""
    first, last = accounts[0], accounts[-1]
    named = first.path if len(accounts) == 1 else f"{len(accounts)} files up to {last.path}"
    counts = {
        "loaded": sum(account.rows_loaded for account in accounts),
        "duplicates": sum(account.rows_duplicate for account in accounts),
        "dead": sum(account.rows_dead for account in accounts),
        "of other streams": sum(account.rows_skipped for account in accounts),
    }
    return f"{first.entity}: {named}: {listed(counts)}"


def listed(counts: Mapping[str, int]) -> str:
    """Numbers of rows with their words, without those that are zero."""
    return ", ".join(f"{count:,} {words}" for words, count in counts.items() if count) or "no rows"


def create_landing_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema and tables that do not exist yet.

    Raises:
        UserError: A table has other columns than today's program gives it.
    """
    connection.execute("create schema if not exists landing")
    connection.execute(
        "create table if not exists landing.state as"
        " select cast(uuid() as varchar) as id, cast(null as varchar) as exports_listing"
    )
    tables = {"files": FILES, "dead_letters": DEAD_LETTERS, "touched_days": TOUCHED_DAYS}
    for entity in entities().values():
        own = {column.name: column.data_type for column in entity.columns}
        tables[entity.name] = system_columns() | own
    for name, columns in tables.items():
        described = ", ".join(
            f"{quoted(column)} {data_type}{STORED.get(column, '')}" for column, data_type in columns.items()
        )
        connection.execute(f"create table if not exists landing.{quoted(name)} ({described})")
        if connection.table(f"landing.{quoted(name)}").columns != list(columns):
            raise UserError(
                f"table landing.{name} of the build warehouse was made by another version of the program",
                remedy="run once with --rebuild, which lands every file of the exports anew",
            )


def new_files(
    connection: duckdb.DuckDBPyConnection, contracts: tuple[YamlFile[Contract], ...], exports: Path
) -> Iterator[NewFile]:
    """Every file that a contract names and whose content is new at its place, in order of path.

    A path where nothing was seen yet brings something new unless its stream loaded the same content from
    another path. A path that was seen does whenever it holds another content than the last time, even an
    older one: who puts the old file back means it.

    Raises:
        UserError: A pattern that is not optional matches no file.
    """
    query = "select stream, path, sha256 from landing.files order by file_id"
    landed = connection.execute(query).fetchall()
    newest = {(stream, path): sha256 for stream, path, sha256 in landed}
    contents = {(stream, sha256) for stream, _, sha256 in landed}
    for contract in contracts:
        for index in range(len(contract.content.streams)):
            stream = stream_name(contract, index)
            for path in stream_files(contract, index, exports):
                relative, sha256 = path.relative_to(exports).as_posix(), file_hash(path)
                seen = newest.get((stream, relative))
                if seen == sha256 or (seen is None and (stream, sha256) in contents):
                    continue
                newest[stream, relative] = sha256
                contents.add((stream, sha256))
                yield NewFile(contract, index, path, relative, sha256, path.stat().st_size)


def exports_listing(exports: Path) -> str:
    """A hash of name, size and time of every file under exports/; changes when a file arrives."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(exports):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(names)):
            digest.update(os.fsencode(path.relative_to(exports)) + b"\0" + _stamp(path) + b"\n")
    return digest.hexdigest()[:16]


def _stamp(path: Path) -> bytes:
    """Size and time of a file; one that vanished meanwhile, or that we may not see, has none."""
    try:
        stat = path.stat()
    except OSError:
        return b""
    return f"{stat.st_size} {stat.st_mtime_ns}".encode()


def mark_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the landed rows a new identity, in the transaction that changes them."""
    connection.execute("update landing.state set id = uuid()")


def remember_listing(connection: duckdb.DuckDBPyConnection, listing: str) -> None:
    """Note that everything which `exports_listing` saw is landed."""
    connection.execute(f"update landing.state set exports_listing = {literal(listing)}")


def landing_id(connection: duckdb.DuckDBPyConnection) -> str:
    """The identity of the landed rows as they are."""
    ((identity,),) = connection.execute("select id from landing.state").fetchall()
    return str(identity)


def landing_listing(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The exports as the last landing that came to its end found them."""
    ((listing,),) = connection.execute("select exports_listing from landing.state").fetchall()
    return None if listing is None else str(listing)


def last_number(connection: duckdb.DuckDBPyConnection) -> int:
    """The greatest number given so far, to a file or to the days that a replay of dead letters touched."""
    ((last,),) = connection.execute(
        "select coalesce(max(file_id), 0) from"
        " (select file_id from landing.files union all select file_id from landing.touched_days)"
    ).fetchall()
    return int(last)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[NewFile],
    accounts: Sequence[FileAccount],
    *,
    loaded: date,
) -> None:
    """Write the accounts of files into the ledger."""
    rows = [
        (
            account.file_id,
            file.source,
            stream_name(file.contract, file.stream_index),
            account.entity,
            account.path,
            file.sha256,
            file.size_bytes,
            account.rows_read,
            account.rows_loaded,
            account.rows_duplicate,
            account.rows_dead,
            account.rows_unreadable,
            account.rows_skipped,
            loaded,
        )
        for file, account in zip(files, accounts, strict=True)
    ]
    with lent(connection, accounts=pl.DataFrame(rows, schema=list(FILES), orient="row")):
        connection.execute("insert into landing.files by name select * from accounts")
