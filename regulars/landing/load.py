"""Loads the new files of a store, a batch per transaction: typed, deduplicated, merged, accounted for."""

from collections.abc import Iterator
from datetime import date

import duckdb

from regulars.landing.batches import batches
from regulars.landing.binding import bind
from regulars.landing.incoming import number_files, read_incoming, set_dead_letters_aside
from regulars.landing.ledger import (
    FileAccount,
    NewFile,
    exports_listing,
    last_number,
    mark_changed,
    new_files,
    record,
    remember_listing,
)
from regulars.landing.merge import Delivery, keep_dead_letters, merge
from regulars.landing.streams import check_unchanged, stamps
from regulars.store.errors import UserError
from regulars.store.store import Store
from regulars.warehouse.session import transaction


def land(connection: duckdb.DuckDBPyConnection, store: Store, as_of: date) -> Iterator[list[FileAccount]]:
    """Load every new file of the store's exports and yield the accounts of those that were loaded together.

    A failed file leaves no trace.

    Raises:
        UserError: A file or its contract cannot be used; files before it stay loaded.
    """
    listing = exports_listing(store.exports)
    for batch in batches(new_files(connection, store.contract_files, store.exports)):
        yield from _land_batch(connection, store, batch, as_of)
    remember_listing(connection, listing)


def _land_batch(
    connection: duckdb.DuckDBPyConnection, store: Store, batch: tuple[NewFile, ...], as_of: date
) -> Iterator[list[FileAccount]]:
    try:
        accounts = _land_together(connection, store, batch, as_of)
    except UserError:
        # the files before the one that cannot be loaded stay, and the message names the right one
        if len(batch) == 1:
            raise
        for file in batch:
            yield from _land_batch(connection, store, (file,), as_of)
    else:
        yield accounts


def _land_together(
    connection: duckdb.DuckDBPyConnection, store: Store, batch: tuple[NewFile, ...], as_of: date
) -> list[FileAccount]:
    before = stamps(batch)
    mapping = bind(connection, batch, store)
    delivery = Delivery(mapping, batch, as_of, store.settings.time_zone)
    number_files(connection, batch, after=last_number(connection))
    read_incoming(connection, batch, mapping)
    set_dead_letters_aside(connection, mapping)
    if not mapping.rows.has_header:
        _refuse_misfits_in_company(connection, batch)
    with transaction(connection):
        keep_dead_letters(connection, delivery)
        accounts = merge(connection, delivery)
        record(connection, batch, accounts, loaded=as_of)
        mark_changed(connection)
        check_unchanged(batch, before)
    return accounts


def _refuse_misfits_in_company(connection: duckdb.DuckDBPyConnection, batch: tuple[NewFile, ...]) -> None:
    """A file without a header may lack all that is asked of it, which files beside it must not hide."""
    misfits = connection.execute(
        "select file_name from delivered left join returned using (file_id) where file_id not in"
        " (select file_id from incoming) and coalesce(rows, 0) + (select count(*) from rejected where"
        " rejected.file_id = delivered.file_id) = (select count(*) from dead where dead.file_id ="
        " delivered.file_id) order by file_id"
    ).fetchall()
    if len(batch) > 1 and misfits:
        raise UserError("no row of the file can be read", file=misfits[0][0], remedy="deliver it alone")
