"""The landing schema: which files were loaded with which result, and the tables their rows went to."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from regulars.store.contracts import Contract, Stream
from regulars.store.entities import entities, system_columns
from regulars.store.errors import UserError
from regulars.store.yaml_file import YamlFile
from regulars.warehouse.sql import quoted

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
TOUCHED_DAYS = {"file_id": "bigint", "entity": "varchar", "touched_date": "date"}


@dataclass(frozen=True)
class NewFile:
    """A file of a stream whose content has not been loaded yet."""

    contract: YamlFile[Contract]
    stream_index: int
    path: Path
    relative_path: str
    sha256: str
    size_bytes: int

    @property
    def stream(self) -> Stream:
        """The stream that the file belongs to."""
        return self.contract.content.streams[self.stream_index]

    @property
    def source(self) -> str:
        """The system that delivered it."""
        return self.contract.content.system


@dataclass(frozen=True)
class FileAccount:
    """What became of the rows of one file: read = loaded + duplicate + dead."""

    path: str
    entity: str
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_dead: int


def create_landing_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema and tables that do not exist yet.

    Raises:
        UserError: A table has other columns than today's program gives it.
    """
    connection.execute("create schema if not exists landing")
    tables = {"files": FILES, "dead_letters": DEAD_LETTERS, "touched_days": TOUCHED_DAYS}
    for entity in entities().values():
        own = {column.name: column.data_type for column in entity.columns}
        tables[entity.name] = system_columns() | own
    for name, columns in tables.items():
        described = ", ".join(f"{quoted(column)} {data_type}" for column, data_type in columns.items())
        connection.execute(f"create table if not exists landing.{quoted(name)} ({described})")
        if connection.table(f"landing.{quoted(name)}").columns != list(columns):
            raise UserError(
                f"table landing.{name} of the build warehouse was made by another version of the program",
                remedy="run once with --rebuild, which lands every file of the exports anew",
            )


def new_files(
    connection: duckdb.DuckDBPyConnection, contracts: tuple[YamlFile[Contract], ...], exports: Path
) -> Iterator[NewFile]:
    """Every file that a contract names and whose content its stream has not loaded, in order of path.

    Raises:
        UserError: A pattern that is not optional matches no file.
    """
    query = "select stream, sha256 from landing.files"
    loaded = {(stream, sha256) for stream, sha256 in connection.execute(query).fetchall()}
    for contract in contracts:
        for index in range(len(contract.content.streams)):
            for path in stream_files(contract, index, exports):
                known = (stream_name(contract, index), file_hash(path))
                if known not in loaded:
                    loaded.add(known)
                    relative = path.relative_to(exports).as_posix()
                    yield NewFile(contract, index, path, relative, known[1], path.stat().st_size)


def stream_files(contract: YamlFile[Contract], index: int, exports: Path) -> list[Path]:
    """The files that a stream's pattern matches, in order of path."""
    stream = contract.content.streams[index]
    paths = sorted(path for path in exports.glob(stream.files) if path.is_file())
    if not paths and not stream.optional:
        raise contract.error(
            f"no file matches '{stream.files}' in {exports}",
            ("streams", index, "files"),
            remedy="put the export there, mend the pattern, or say `optional: true`",
        )
    return paths


def stream_name(contract: YamlFile[Contract], index: int) -> str:
    """What the ledger calls a stream; those that read one file twice, for two events a row, are numbered."""
    names = [
        f"{contract.content.system}/{stream.entity}/{stream.files}"
        for stream in contract.content.streams[: index + 1]
    ]
    earlier = names[:-1].count(names[-1])
    return f"{names[-1]}#{earlier + 1}" if earlier else names[-1]


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(
    connection: duckdb.DuckDBPyConnection, file: NewFile, account: FileAccount, *, file_id: int, loaded: date
) -> None:
    """Write a file's account into the ledger."""
    values = [
        file_id,
        file.source,
        stream_name(file.contract, file.stream_index),
        file.stream.entity,
        file.relative_path,
        file.sha256,
        file.size_bytes,
        account.rows_read,
        account.rows_loaded,
        account.rows_duplicate,
        account.rows_dead,
        loaded,
    ]
    marks = ", ".join("?" for _ in FILES)
    connection.execute(f"insert into landing.files values ({marks})", values)
