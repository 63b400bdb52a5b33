"""Loads the new files of a store, each in one transaction: typed, deduplicated, merged, accounted for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb

from regulars.landing.binding import bind
from regulars.landing.incoming import SetAside, count, read_incoming, set_dead_letters_aside
from regulars.landing.ledger import FileAccount, NewFile, new_files, record
from regulars.landing.mapping import Mapping
from regulars.store.entities import Entity
from regulars.store.errors import UserError
from regulars.store.store import Store
from regulars.warehouse.sql import literal, quoted


@dataclass(frozen=True)
class Delivery:
    """One file in the night that loads it."""

    file: NewFile
    file_id: int
    as_of: date
    zone: str


def land(connection: duckdb.DuckDBPyConnection, store: Store, as_of: date) -> Iterator[FileAccount]:
    """Load every new file of the store's exports and yield its account; a failed file leaves no trace.

    Raises:
        UserError: A file or its contract cannot be used; files before it stay loaded.
    """
    contracts = store.contract_files
    for file in new_files(connection, contracts, store.exports):
        yield _land_file(connection, store, file, as_of)


def _land_file(
    connection: duckdb.DuckDBPyConnection, store: Store, file: NewFile, as_of: date
) -> FileAccount:
    before = file.path.stat()
    mapping = bind(connection, file, store.exports)
    rows_read = read_incoming(connection, mapping, file)
    with _transaction(connection):
        delivery = Delivery(file, _next_file_id(connection), as_of, store.settings.time_zone)
        aside = set_dead_letters_aside(connection, mapping)
        _keep_dead_letters(connection, mapping, delivery)
        account = _merge(connection, mapping, delivery, aside=aside, rows_read=rows_read)
        record(connection, file, account, file_id=delivery.file_id, loaded=as_of)
        if (before.st_size, before.st_mtime_ns) != ((now := file.path.stat()).st_size, now.st_mtime_ns):
            raise UserError(
                "the file changed while it was read", file=file.path, remedy="run again when it is complete"
            )
    return account


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _next_file_id(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("select coalesce(max(file_id), 0) + 1 from landing.files").fetchone()
    return int(row[0]) if row else 1


def _keep_dead_letters(connection: duckdb.DuckDBPyConnection, mapping: Mapping, delivery: Delivery) -> None:
    connection.execute(
        f"insert into landing.dead_letters by name select {delivery.file_id} as file_id,"
        f" {literal(delivery.file.source)} as source, {literal(mapping.entity.name)} as entity,"
        f" {literal(delivery.file.relative_path)} as path, *,"
        f" date '{delivery.as_of}' as loaded_date from dead"
    )


def _merge(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    delivery: Delivery,
    *,
    aside: SetAside,
    rows_read: int | None,
) -> FileAccount:
    """Insert what is new, replace what changed, count what was there already."""
    table, source = f"landing.{quoted(mapping.entity.name)}", delivery.file.source
    good = count(connection, "select count(*) from incoming")
    _drop_earlier_versions_in_file(connection)
    _drop_identical(connection, mapping, table, source)
    superseded = f"source = {literal(source)} and record_key in (select record_key from incoming)"
    _touch_days(connection, mapping.entity, delivery, f"{table} where {superseded}")
    connection.execute(f"delete from {table} where {superseded}")
    _touch_days(connection, mapping.entity, delivery, "incoming")
    connection.execute(
        f"insert into {table} by name select {literal(source)} as source, {delivery.file_id} as file_id,"
        f" date '{delivery.as_of}' as loaded_date, * exclude (is_dead) from incoming"
    )
    loaded = count(connection, "select count(*) from incoming")
    own = good + aside.dead
    return FileAccount(
        path=delivery.file.relative_path,
        entity=mapping.entity.name,
        rows_read=own if rows_read is None else rows_read,
        rows_loaded=loaded,
        rows_duplicate=good - loaded,
        rows_dead=aside.dead,
        rows_unreadable=aside.unreadable,
        rows_skipped=0 if rows_read is None else rows_read - own,
    )


def _drop_earlier_versions_in_file(connection: duckdb.DuckDBPyConnection) -> None:
    """Of several rows with one key the last in the file stays."""
    connection.execute(
        "create or replace temp table repeated as select record_key, max(row_number) as last_row_number"
        " from incoming group by record_key having count(*) > 1"
    )
    connection.execute(
        "delete from incoming using repeated where incoming.record_key = repeated.record_key"
        " and incoming.row_number < repeated.last_row_number"
    )


def _drop_identical(connection: duckdb.DuckDBPyConnection, mapping: Mapping, table: str, source: str) -> None:
    """Drop the rows that are landed already with the same content."""
    mapped = [quoted(name) for name in (*mapping.stream.columns, "extras")]
    same = " and ".join(f"incoming.{name} is not distinct from landed.{name}" for name in mapped)
    connection.execute(
        f"delete from incoming using {table} as landed where landed.source = {literal(source)}"
        f" and landed.record_key = incoming.record_key and {same}"
    )


def _touch_days(connection: duckdb.DuckDBPyConnection, entity: Entity, delivery: Delivery, rows: str) -> None:
    """Note the store-local days whose facts change, so that the night rebuilds just these."""
    if entity.time_column:
        utc = f"timezone('UTC', {quoted(entity.time_column)})"
        local = f"cast(timezone({literal(delivery.zone)}, {utc}) as date)"
        connection.execute(
            f"insert into landing.touched_days select distinct {delivery.file_id}, {literal(entity.name)},"
            f" {local} from {rows}"
        )
