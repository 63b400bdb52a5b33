"""Loads the new files of a store, each in one transaction: typed, deduplicated, merged, accounted for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from regulars.landing.ledger import FileAccount, NewFile, new_files, record, stream_files
from regulars.landing.mapping import Mapping
from regulars.landing.readers import REJECT_SCANS, REJECTS, damaged, read_file
from regulars.store.contracts import Contract, columns_in
from regulars.store.entities import Entity
from regulars.store.errors import UserError, nearest
from regulars.store.store import Store
from regulars.store.yaml_file import Location, YamlFile
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


def check_exports(connection: duckdb.DuckDBPyConnection, store: Store) -> int:
    """Bind every stream to the files it matches, without reading their rows; returns how many were found.

    Raises:
        UserError: A pattern matches nothing, or an expression does not fit a file.
    """
    found = 0
    for contract in store.contract_files:
        for index in range(len(contract.content.streams)):
            for path in stream_files(contract, index, store.exports):
                _bind(connection, contract, index, path, store.exports)
                found += 1
    return found


def _land_file(
    connection: duckdb.DuckDBPyConnection, store: Store, file: NewFile, as_of: date
) -> FileAccount:
    before = file.path.stat()
    mapping = _bind(connection, file.contract, file.stream_index, file.path, store.exports)
    _read_incoming(connection, mapping, file)
    with _transaction(connection):
        delivery = Delivery(file, _next_file_id(connection), as_of, store.settings.time_zone)
        dead = _set_dead_letters_aside(connection, mapping, delivery)
        account = _merge(connection, mapping, delivery, dead=dead)
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


def _bind(
    connection: duckdb.DuckDBPyConnection, contract: YamlFile[Contract], index: int, path: Path, exports: Path
) -> Mapping:
    """The SQL of a stream over one file, after every expression was found to fit the file."""
    stream = contract.content.streams[index]
    connection.execute(f"set TimeZone = {literal(stream.time_zone or contract.content.time_zone)}")
    needed = {*stream.read_columns, *stream.file_columns}
    rows = read_file(connection, path, needed=needed, delimiter=stream.delimiter)
    mapping = Mapping(stream, rows, *_lookup(connection, contract, index, exports))
    _check_columns(contract, index, mapping, path)
    try:
        connection.execute(f"explain {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise _unusable(connection, contract, index, mapping, error) from error
    return mapping


def _lookup(
    connection: duckdb.DuckDBPyConnection, contract: YamlFile[Contract], index: int, exports: Path
) -> tuple[str | None, tuple[str, ...]]:
    lookup = contract.content.streams[index].lookup
    if not lookup:
        return None, ()
    paths = sorted(exports.glob(lookup.files))
    place = ("streams", index, "lookup", "files")
    if len(paths) != 1:
        raise contract.error(
            f"lookup '{lookup.files}' matches {len(paths)} files, expected one",
            place,
            remedy="put one file there, or mend the pattern",
        )
    rows = read_file(connection, paths[0], needed=set(lookup.using), rejects=False)
    _check_known(contract, ("streams", index, "lookup", "using"), set(lookup.using), rows.columns, paths[0])
    using = ", ".join(map(quoted, lookup.using))
    joinable = " and ".join(f"{quoted(name)} is not null" for name in lookup.using)
    query = f"select {', '.join(map(quoted, rows.columns))} from ({rows.query}) where {joinable}"
    counted = f"select {using} from ({query}) group by all having count(*) > 1 limit 1"
    try:
        twice = connection.execute(counted).fetchone()
    except duckdb.Error as error:
        raise damaged(paths[0], error) from error
    if twice:
        key = ", ".join(f"{name} {value}" for name, value in zip(lookup.using, twice, strict=True))
        raise contract.error(f"lookup {paths[0].name} has {key} twice", place, remedy="join on a unique key")
    return query, rows.columns


def _check_columns(contract: YamlFile[Contract], index: int, mapping: Mapping, path: Path) -> None:
    stream, available = mapping.stream, mapping.available_columns
    for name in stream.file_columns:
        _check_known(contract, ("streams", index, "file_columns", name), {name}, mapping.rows.columns, path)
    if stream.lookup:
        place = ("streams", index, "lookup", "using")
        _check_known(contract, place, set(stream.lookup.using), mapping.rows.columns, path)
    for trial in mapping.expressions:
        _check_known(contract, ("streams", index, *trial.place), columns_in(trial.text), available, path)
    if stream.unknown_columns == "fail" and mapping.unknown_columns:
        raise contract.error(
            f"{path.name} has a column '{mapping.unknown_columns[0]}' that the contract does not read",
            ("streams", index, "unknown_columns"),
            remedy="map it, or say `unknown_columns: keep`",
        )


def _check_known(
    contract: YamlFile[Contract], place: Location, names: set[str], available: tuple[str, ...], path: Path
) -> None:
    known = {name.casefold() for name in available}
    for name in sorted(names):
        if name.casefold() not in known:
            raise contract.error(
                f"{path.name} has no column '{name}'; {nearest(name, available)}",
                place,
                remedy="mend the expression, or ask for a complete export",
            )


def _unusable(
    connection: duckdb.DuckDBPyConnection,
    contract: YamlFile[Contract],
    index: int,
    mapping: Mapping,
    error: duckdb.Error,
) -> UserError:
    """Whether the file or an expression is to blame for `error`, found by trying each alone."""
    path = mapping.rows.path
    try:
        connection.execute(mapping.rows.whole_query)
    except duckdb.Error as alone:
        return damaged(path, alone)
    for trial in (*mapping.preparations, *mapping.expressions):
        try:
            connection.execute(trial.query)
        except duckdb.Error as alone:
            return contract.error(
                f"'{trial.text}' cannot be evaluated on {path.name}: {_first_line(alone)}",
                ("streams", index, *trial.place),
                remedy="mend it; text files hold text, so declare their numbers under file_columns",
            )
    return contract.error(
        f"the stream cannot be evaluated on {path.name}: {_first_line(error)}",
        ("streams", index),
        remedy="mend its expressions",
    )


def _first_line(error: duckdb.Error) -> str:
    return str(error).split("\n", maxsplit=1)[0]


def _read_incoming(connection: duckdb.DuckDBPyConnection, mapping: Mapping, file: NewFile) -> None:
    for table in ("incoming", REJECTS, REJECT_SCANS):
        connection.execute(f"drop table if exists temp.{table}")
    try:
        connection.execute(f"create temp table incoming as {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise _unusable(connection, file.contract, file.stream_index, mapping, error) from error


def _set_dead_letters_aside(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, delivery: Delivery
) -> int:
    """Move the rows that cannot be typed out of `incoming`; returns how many there are."""
    connection.execute(
        "create or replace temp table dead"
        " (row_number bigint, column_name varchar, value varchar, reason varchar, row_text varchar)"
    )
    if _count(connection, "select count(*) from incoming where is_dead"):
        connection.execute(f"insert into dead by name {mapping.dead_letter_query()}")
        connection.execute("delete from incoming where is_dead")
    if mapping.rows.header_lines is not None and _count(connection, f"select count(*) from {REJECTS}"):
        _add_rejects(connection, mapping.rows.header_lines)
    connection.execute(
        f"insert into landing.dead_letters by name select {delivery.file_id} as file_id,"
        f" {literal(delivery.file.source)} as source, {literal(mapping.entity.name)} as entity,"
        f" {literal(delivery.file.relative_path)} as path, *,"
        f" date '{delivery.as_of}' as loaded_date from dead"
    )
    return _count(connection, "select count(*) from dead")


def _add_rejects(connection: duckdb.DuckDBPyConnection, header_lines: int) -> None:
    """Add the lines that the reader set aside, and number all rows as they stand in the file.

    The reader numbers only the rows that it returns, so each is behind by the rejects before it.
    """
    connection.execute(
        f"create or replace temp table rejected as select line - {header_lines} as row_number,"
        " any_value(column_name) as column_name, first(error_message order by column_idx) as reason,"
        f" any_value(csv_line) as row_text from {REJECTS} group by line"
    )
    connection.execute(
        "create or replace temp table gaps as"
        " select row_number - position + 1 as first_row_number, max(position) as rejects"
        " from (select row_number, row_number() over (order by row_number) as position from rejected)"
        " group by all"
    )
    for table in ("incoming", "dead"):
        connection.execute(
            f"update {table} set row_number = {table}.row_number + behind.rejects"
            f" from (select row_number, rejects from {table}"
            f" asof join gaps on row_number >= first_row_number) as behind"
            f" where {table}.row_number = behind.row_number"
        )
    connection.execute("insert into dead by name from rejected")


def _merge(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, delivery: Delivery, *, dead: int
) -> FileAccount:
    """Insert what is new, replace what changed, count what was there already."""
    table, source = f"landing.{quoted(mapping.entity.name)}", delivery.file.source
    good = _count(connection, "select count(*) from incoming")
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
    loaded = _count(connection, "select count(*) from incoming")
    return FileAccount(
        path=delivery.file.relative_path,
        entity=mapping.entity.name,
        rows_read=good + dead,
        rows_loaded=loaded,
        rows_duplicate=good - loaded,
        rows_dead=dead,
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


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
