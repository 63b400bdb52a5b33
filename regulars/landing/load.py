"""Loads the new files of a store, each in one transaction: typed, deduplicated, merged, accounted for."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from regulars.store.yaml_file import YamlFile
from regulars.warehouse.sql import literal, quoted


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
    with _transaction(connection):
        mapping = _bind(connection, file.contract, file.stream_index, file.path, store.exports)
        file_id = _next_file_id(connection)
        _read_incoming(connection, mapping, file)
        dead = _set_dead_letters_aside(connection, mapping, file, file_id=file_id, as_of=as_of)
        account = _merge(
            connection, mapping, file, file_id=file_id, as_of=as_of, zone=store.settings.time_zone, dead=dead
        )
        record(connection, file, account, file_id=file_id, loaded=as_of)
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
    rows = read_file(connection, path, needed=stream.read_columns, delimiter=stream.delimiter)
    mapping = Mapping(stream, rows, *_lookup(connection, contract, index, exports))
    _check_columns(contract, index, mapping, path)
    try:
        connection.execute(f"explain {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise _unusable_expression(connection, contract, index, mapping, path) from error
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
        raise contract.error(f"lookup '{lookup.files}' matches {len(paths)} files, expected one", place)
    rows = read_file(connection, paths[0], needed=set(lookup.using))
    using = ", ".join(map(quoted, lookup.using))
    query = f"select * exclude (row_number, is_readable) from ({rows.query})"
    twice = connection.execute(
        f"select {using} from ({query}) group by all having count(*) > 1 limit 1"
    ).fetchone()
    if twice:
        raise contract.error(
            f"lookup {paths[0].name} has {lookup.using} = {twice} twice", place, remedy="join on a unique key"
        )
    return query, rows.columns


def _check_columns(contract: YamlFile[Contract], index: int, mapping: Mapping, path: Path) -> None:
    stream = mapping.stream
    for target, expression in stream.columns.items():
        _check_known(contract, ("streams", index, "columns", target), columns_in(expression), mapping, path)
    for position, expression in enumerate(stream.key):
        _check_known(contract, ("streams", index, "key", position), columns_in(expression), mapping, path)
    for name in stream.file_columns:
        _check_known(contract, ("streams", index, "file_columns", name), {name}, mapping, path)
    if stream.unknown_columns == "fail" and mapping.unknown_columns:
        raise contract.error(
            f"{path.name} has a column '{mapping.unknown_columns[0]}' that the contract does not read",
            ("streams", index),
            remedy="map it, or say `unknown_columns: keep`",
        )


def _check_known(
    contract: YamlFile[Contract],
    place: tuple[int | str, ...],
    names: set[str],
    mapping: Mapping,
    path: Path,
) -> None:
    available = {name.casefold() for name in mapping.available_columns}
    for name in sorted(names):
        if name.casefold() not in available:
            raise contract.error(
                f"{path.name} has no column '{name}'; {nearest(name, mapping.available_columns)}",
                place,
                remedy="mend the expression, or ask for a complete export",
            )


def _unusable_expression(
    connection: duckdb.DuckDBPyConnection,
    contract: YamlFile[Contract],
    index: int,
    mapping: Mapping,
    path: Path,
) -> UserError:
    """Find the expression that does not fit the file, by trying each alone."""
    for target, expression in mapping.stream.columns.items():
        try:
            connection.execute(mapping.binding_query(expression))
        except duckdb.Error as error:
            detail = str(error).split("\n")[0]
            return contract.error(
                f"'{expression}' cannot be evaluated on {path.name}: {detail}",
                ("streams", index, "columns", target),
                remedy="columns of text files are text: declare numbers under file_columns",
            )
    return damaged(path, UserError("no expression fails alone"))


def _read_incoming(connection: duckdb.DuckDBPyConnection, mapping: Mapping, file: NewFile) -> None:
    for table in ("incoming", REJECTS, REJECT_SCANS):
        connection.execute(f"drop table if exists temp.{table}")
    try:
        connection.execute(f"create temp table incoming as {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise damaged(file.path, error) from error


def _set_dead_letters_aside(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, file: NewFile, *, file_id: int, as_of: date
) -> int:
    """Move the rows that cannot be typed out of `incoming`; returns how many there are."""
    same = f"{file_id}, {literal(file.source)}, {literal(file.stream.entity)}, {literal(file.relative_path)}"
    day = f"date '{as_of}'"
    if mapping.rows.has_rejects:
        connection.execute(
            f"insert into landing.dead_letters select {same}, line - 1, any_value(column_name), null,"
            f" first(error_message order by column_idx), any_value(csv_line), {day} from {REJECTS} group by line"
        )
    if _count(connection, "select count(*) from incoming where is_dead"):
        connection.execute(
            f"insert into landing.dead_letters by name select {file_id} as file_id, {literal(file.source)} as source,"
            f" {literal(file.stream.entity)} as entity, {literal(file.relative_path)} as path, *,"
            f" {day} as loaded_date from ({mapping.dead_letter_query()})"
        )
        connection.execute("delete from incoming where is_dead")
    return _count(connection, f"select count(*) from landing.dead_letters where file_id = {file_id}")


def _merge(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    file: NewFile,
    *,
    file_id: int,
    as_of: date,
    zone: str,
    dead: int,
) -> FileAccount:
    """Insert what is new, replace what changed, count what was there already."""
    table = f"landing.{quoted(mapping.entity.name)}"
    good = _count(connection, "select count(*) from incoming")
    _drop_earlier_versions_in_file(connection)
    _drop_identical(connection, mapping, table, file.source)
    superseded = f"source = {literal(file.source)} and record_key in (select record_key from incoming)"
    _touch_days(connection, mapping.entity, file_id, f"{table} where {superseded}", zone)
    connection.execute(f"delete from {table} where {superseded}")
    _touch_days(connection, mapping.entity, file_id, "incoming", zone)
    connection.execute(
        f"insert into {table} by name select {literal(file.source)} as source, {file_id} as file_id,"
        f" date '{as_of}' as loaded_date, * exclude (is_dead) from incoming"
    )
    loaded = _count(connection, "select count(*) from incoming")
    return FileAccount(
        path=file.relative_path,
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


def _touch_days(
    connection: duckdb.DuckDBPyConnection, entity: Entity, file_id: int, rows: str, zone: str
) -> None:
    """Note the store-local days whose facts change, so that the night rebuilds just these."""
    if entity.time_column:
        local = f"cast(timezone({literal(zone)}, timezone('UTC', {quoted(entity.time_column)})) as date)"
        connection.execute(
            f"insert into landing.touched_days select distinct {file_id}, {literal(entity.name)}, {local} from {rows}"
        )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
