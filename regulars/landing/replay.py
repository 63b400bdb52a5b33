"""Loads dead letters again after a contract was mended: rows that fit now leave the list, others stay.

A row lands as if it had come with its file: what a later file says of the same record stays.
Not here: rows that were loaded. A mended contract reaches those when every file is landed anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from regulars.landing.binding import bind, unusable
from regulars.landing.incoming import count, number_files, read_incoming, set_dead_letters_aside
from regulars.landing.ledger import (
    NewFile,
    create_landing_tables,
    file_hash,
    last_number,
    listed,
    mark_changed,
)
from regulars.landing.merge import (
    UNREADABLE,
    Delivery,
    drop_earlier_versions_in_file,
    drop_identical,
    keep_dead_letters,
    merge_late,
)
from regulars.landing.streams import StreamFile, check_unchanged, stamps, stream_name
from regulars.store.errors import UserError
from regulars.store.sql import literal
from regulars.store.store import Store
from regulars.warehouse.session import transaction

REBUILD = "run once with --rebuild, which lands every file of the exports anew"


@dataclass(frozen=True)
class Replay:
    """What became of the dead letters of one file; all of them stay where there is a `mistake`."""

    entity: str
    path: str
    rows_loaded: int
    rows_duplicate: int
    rows_dead: int
    rows_skipped: int
    mistake: UserError | None = None

    def __str__(self) -> str:
        return f"{self.entity}: {self.path}: {in_words([self])}"


@dataclass(frozen=True)
class _LandedFile:
    """What the ledger says of a file."""

    file_id: int
    source: str
    stream: str
    entity: str
    path: str
    sha256: str
    size_bytes: int
    rows_read: int
    rows_dead: int
    loaded_date: date


def in_words(replays: Sequence[Replay]) -> str:
    """What became of the dead letters of files."""
    return listed(
        {
            "loaded": sum(one.rows_loaded for one in replays),
            "duplicates": sum(one.rows_duplicate for one in replays),
            "of other streams": sum(one.rows_skipped for one in replays),
            "still dead": sum(one.rows_dead for one in replays),
        }
    )


def replay(connection: duckdb.DuckDBPyConnection, store: Store, night: date) -> Iterator[Replay]:
    """Load the dead letters of every file again, a file per transaction, and yield what became of them.

    `night` is the next to run, whose tables will show what they change.

    Raises:
        UserError: The warehouse was made by another version of the program.
    """
    create_landing_tables(connection)
    for landed in _landed_files(connection, "file_id in (select file_id from landing.dead_letters)"):
        try:
            replayed = _replay_file(connection, store, landed, night)
        except UserError as mistake:
            replayed = Replay(landed.entity, landed.path, 0, 0, landed.rows_dead, 0, mistake)
        yield replayed


def _landed_files(connection: duckdb.DuckDBPyConnection, condition: str) -> list[_LandedFile]:
    names = ", ".join(_LandedFile.__dataclass_fields__)
    query = f"select {names} from landing.files where {condition} order by file_id"
    return [_LandedFile(*row) for row in connection.execute(query).fetchall()]


def _replay_file(
    connection: duckdb.DuckDBPyConnection, store: Store, landed: _LandedFile, night: date
) -> Replay:
    file = _found(store, landed)
    before = stamps([file])
    _check_same_content(file, landed)
    mapping = bind(connection, [file], store)
    number = last_number(connection) + 1
    delivery = Delivery(mapping, (file,), landed.loaded_date, store.settings.time_zone, number, night)
    number_files(connection, [file], after=landed.file_id - 1)
    read_incoming(connection, [file], mapping)
    set_dead_letters_aside(connection, mapping)
    _check_same_rows(connection, delivery, landed)
    fitting = _keep_dead_rows(connection, landed)
    drop_identical(connection, delivery)
    _note_told_later(connection, store, delivery, landed)
    with transaction(connection):
        connection.execute(f"delete from landing.dead_letters where file_id = {landed.file_id}")
        keep_dead_letters(connection, delivery)
        loaded = merge_late(connection, delivery)
        replayed = _account(connection, landed, fitting=fitting, loaded=loaded)
        mark_changed(connection)
        check_unchanged([file], before)
    return replayed


def _found(store: Store, landed: _LandedFile) -> NewFile:
    """The file where it was loaded from, with the stream that loaded it."""
    path = store.exports / landed.path
    if not path.is_file():
        raise UserError(
            "the file is gone", file=path, remedy="put it back as it was, and replay its dead letters again"
        )
    for contract in store.contract_files:
        for index in range(len(contract.content.streams)):
            if stream_name(contract, index) == landed.stream:
                return NewFile(contract, index, path, landed.path, landed.sha256, landed.size_bytes)
    raise UserError(f"no contract has the stream {landed.stream} any more", file=path, remedy=REBUILD)


def _check_same_content(file: StreamFile, landed: _LandedFile) -> None:
    if file_hash(file.path) != landed.sha256:
        raise UserError(
            "the file has another content than the one with these dead letters",
            file=file.path,
            remedy="put the old file back and replay again; or, if the new one is to replace it, "
            + REBUILD.removeprefix("run once "),
        )


def _check_same_rows(connection: duckdb.DuckDBPyConnection, delivery: Delivery, landed: _LandedFile) -> None:
    """Refuse a contract that numbers the rows otherwise, or calls the records by other keys."""
    rows_read = count(connection, "select coalesce(sum(rows), 0) from returned")
    rows_read += count(connection, "select count(*) from rejected")
    others = count(
        connection,
        f"select count(*) from incoming inner join {delivery.landed} as landed using (file_id, row_number)"
        " where landed.record_key <> incoming.record_key",
    )
    if rows_read != landed.rows_read or others:
        raise UserError(
            "the contract reads other rows or other keys from the file than when it was loaded",
            file=delivery.files[0].path,
            remedy=REBUILD,
        )


def _keep_dead_rows(connection: duckdb.DuckDBPyConnection, landed: _LandedFile) -> int:
    """Keep the rows that were dead letters, of each key the last in the file; returns how many fit now."""
    letters = f"(select row_number from landing.dead_letters where file_id = {landed.file_id})"
    for table in ("dead", "rejected"):
        connection.execute(f"delete from {table} where row_number not in {letters}")
    fitting = count(connection, f"select count(*) from incoming where row_number in {letters}")
    drop_earlier_versions_in_file(connection)
    connection.execute(f"delete from incoming where row_number not in {letters}")
    return fitting


def _note_told_later(
    connection: duckdb.DuckDBPyConnection, store: Store, delivery: Delivery, landed: _LandedFile
) -> None:
    """Note in `told_later` the keys that later files have, of the rows that would replace an older version.

    A later row that repeated that version left no trace but a count of duplicates.
    """
    connection.execute("create or replace temp table told_later (record_key varchar)")
    older = f"told_before inner join incoming using (record_key) where told_before.file_id < {landed.file_id}"
    if not count(connection, f"select count(*) from {older}"):
        return
    later = _landed_files(
        connection,
        f"source = {literal(landed.source)} and entity = {literal(landed.entity)}"
        f" and file_id > {landed.file_id} and rows_duplicate > 0",
    )
    for other in later:
        try:
            _note_keys(connection, store, other)
        except UserError as mistake:
            raise UserError(
                f"rows that fit now replace older ones, which {other.path} may have repeated since,"
                f" and that file cannot be read again: {mistake.message}",
                file=delivery.files[0].path,
                remedy=mistake.remedy,
            ) from mistake


def _note_keys(connection: duckdb.DuckDBPyConnection, store: Store, other: _LandedFile) -> None:
    file = _found(store, other)
    _check_same_content(file, other)
    mapping = bind(connection, [file], store)
    try:
        connection.execute(
            f"insert into told_later select record_key from ({mapping.incoming_query()})"
            " where not is_dead and record_key in (select record_key from incoming)"
        )
    except duckdb.Error as error:
        raise unusable(connection, file, mapping, error) from error


def _account(
    connection: duckdb.DuckDBPyConnection, landed: _LandedFile, *, fitting: int, loaded: int
) -> Replay:
    """Write into the ledger what became of the dead letters."""
    dead = count(connection, "select count(*) from dead")
    skipped = landed.rows_dead - fitting - dead
    connection.execute(
        f"update landing.files set rows_loaded = rows_loaded + {loaded},"
        f" rows_duplicate = rows_duplicate + {fitting - loaded}, rows_dead = {dead},"
        f" rows_unreadable = (select count(*) from {UNREADABLE}), rows_skipped = rows_skipped + {skipped}"
        f" where file_id = {landed.file_id}"
    )
    return Replay(landed.entity, landed.path, loaded, fitting - loaded, dead, skipped)
