"""Fits a contract's stream to files of one shape, or says which line or which file is to blame."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb

from regulars.landing.casts import try_cast
from regulars.landing.delimited import Layout
from regulars.landing.file_rows import IS_READABLE, ROW_NUMBER, FileRows, damaged
from regulars.landing.headers import Names
from regulars.landing.mapping import Mapping
from regulars.landing.preparation import NO_OBJECT, PreparedRows, Trial
from regulars.landing.readers import check_whole, read_file
from regulars.landing.streams import StreamFile, matching
from regulars.store.contracts import Stream
from regulars.store.errors import UserError, nearest
from regulars.store.expressions import columns_in
from regulars.store.naming import normal_form
from regulars.store.sql import literal, quoted
from regulars.store.store import Store
from regulars.store.yaml_file import Location

FEW_OBJECTS = 10


def bind(
    connection: duckdb.DuckDBPyConnection, files: Sequence[StreamFile], store: Store, *, extras: bool = True
) -> Mapping:
    """The SQL of a stream over files of one shape, after every expression was found to fit them.

    Without `extras` a JSON file need not be read to its end to find the columns that are only kept.

    Raises:
        UserError: A file cannot be read, or the contract does not fit.
    """
    file = files[0]
    stream = file.stream
    set_time_zone(connection, file)
    names = Names.of(stream)
    if not extras and stream.unknown_columns == "keep":
        names = replace(names, others_matter=False)
    paths = [one.path for one in files]
    for path in paths:
        check_whole(path, store.settings.largest_file_bytes)
    rows = read_file(connection, paths, names=names, layout=Layout.of(stream))
    lookup_query, lookup_columns = _lookup(connection, file, store)
    rows = _with_absent(stream, rows, lookup_columns)
    mapping = Mapping(PreparedRows(stream, rows, lookup_query, lookup_columns))
    _check_columns(file, mapping, demanded=_demanded(connection, rows))
    try:
        connection.execute(f"explain {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise unusable(connection, file, mapping, error) from error
    return mapping


def set_time_zone(connection: duckdb.DuckDBPyConnection, file: StreamFile) -> None:
    """Let times without a zone mean those of the stream."""
    connection.execute(f"set TimeZone = {literal(file.time_zone)}")


def _lookup(
    connection: duckdb.DuckDBPyConnection, file: StreamFile, store: Store
) -> tuple[str | None, tuple[str, ...]]:
    lookup = file.stream.lookup
    if not lookup:
        return None, ()
    paths = matching(store.exports, lookup.files)
    place = ("lookup", "files")
    if len(paths) != 1:
        raise file.error(
            f"lookup '{lookup.files}' matches {len(paths)} files, expected one",
            place,
            remedy="put one file there, or mend the pattern",
        )
    check_whole(paths[0], store.settings.largest_file_bytes)
    rows = read_file(connection, paths, names=Names(frozenset(lookup.using)), rejects=False)
    _check_known(replace(file, path=paths[0]), ("lookup", "using"), set(lookup.using), rows.columns)
    using = ", ".join(map(quoted, lookup.using))
    joinable = " and ".join(f"{quoted(name)} is not null" for name in lookup.using)
    # of the type that they have where they are compared, because 1 and 01 are one number
    types = {normal_form(name): kind for name, kind in file.stream.file_columns.items()}
    keys = {normal_form(name) for name in lookup.using}
    columns = ", ".join(
        f"{try_cast(quoted(name), types[form])} as {quoted(name)}"
        if (form := normal_form(name)) in keys & types.keys()
        else quoted(name)
        for name in rows.columns
    )
    query = f"select * from (select {columns} from ({rows.query})) where {joinable}"
    counted = f"select {using} from ({query}) group by all having count(*) > 1 limit 1"
    try:
        torn = connection.execute(f"select min({ROW_NUMBER}) from ({rows.query}) where not {IS_READABLE}")
        (torn_row,) = torn.fetchone() or (None,)
        twice = connection.execute(counted).fetchone()
    except duckdb.Error as error:
        raise damaged(paths[0], error) from error
    if torn_row is not None:
        raise UserError(
            f"row {torn_row} of the lookup cannot be read: {NO_OBJECT}",
            file=paths[0],
            remedy="deliver it again, whole",
        )
    if twice:
        key = ", ".join(f"{name} {value}" for name, value in zip(lookup.using, twice, strict=True))
        raise file.error(f"lookup {paths[0].name} has {key} twice", place, remedy="join on a unique key")
    return query, rows.columns


def _with_absent(stream: Stream, rows: FileRows, lookup_columns: tuple[str, ...]) -> FileRows:
    """A key that no object has is an empty column, as one that few have is empty in the others.

    Of a file with a header only the columns are empty that the contract lets it lack.
    """
    known = {name.casefold() for name in (*rows.columns, *lookup_columns)}
    asked_for = stream.optional_columns if rows.has_header else sorted(stream.file_names)
    asked = {name.casefold(): name for name in asked_for}
    return rows.with_absent([name for form, name in asked.items() if form not in known])


def _demanded(connection: duckdb.DuckDBPyConnection, rows: FileRows) -> tuple[str, ...]:
    """The keys that so many objects lack that the contract may have misspelt them."""
    if not rows.absent or rows.has_header:
        return ()
    first = f"select 1 from ({rows.query}) limit {FEW_OBJECTS + 1}"
    return rows.absent if len(connection.execute(first).fetchall()) > FEW_OBJECTS else ()


def _check_columns(file: StreamFile, mapping: Mapping, *, demanded: tuple[str, ...]) -> None:
    stream, delivered = file.stream, mapping.rows.columns
    for place, names in _named_columns(stream):
        _check_known(file, place, names, delivered, absent=mapping.rows.absent)
    conditions = [(("where",), stream.where)] if stream.where else []
    for place, text in (*conditions, *((trial.place, trial.text) for trial in mapping.expressions)):
        available = mapping.prepared.available_columns
        if _must_have_value(mapping, place) and columns_in(text) <= set(demanded):
            available = tuple(name for name in available if name not in demanded)
        _check_known(file, place, columns_in(text), available, absent=mapping.rows.absent)
    if stream.unknown_columns == "fail" and mapping.unknown_columns:
        raise file.error(
            f"{file.path.name} has a column '{mapping.unknown_columns[0]}' that the contract does not read",
            ("unknown_columns",),
            remedy="map it, or say `unknown_columns: keep`",
        )


def _must_have_value(mapping: Mapping, place: Location) -> bool:
    """Whether rows without a value there are no rows, in a stream that takes every row of its files."""
    required = {("columns", column.name) for column in mapping.entity.columns if column.is_required}
    return not mapping.stream.where and (place[0] == "key" or place in required)


def _named_columns(stream: Stream) -> Iterator[tuple[Location, set[str]]]:
    """The columns that a stream names outside of SQL, with their places in it."""
    for name in stream.file_columns:
        yield ("file_columns", name), {name}
    if stream.fill_down:
        yield ("fill_down", "by"), set(stream.fill_down.by)
        yield ("fill_down", "columns"), set(stream.fill_down.columns)
    if stream.lookup:
        yield ("lookup", "using"), set(stream.lookup.using)


def _check_known(
    file: StreamFile,
    place: Location,
    names: set[str],
    available: tuple[str, ...],
    *,
    absent: tuple[str, ...] = (),
) -> None:
    known = {name.casefold() for name in available}
    offered = [name for name in available if name not in absent]
    for name in sorted(names):
        if name.casefold() not in known:
            others = "".join(f" nor '{other}'" for other in Names.of(file.stream).spellings(name)[1:])
            raise file.error(
                f"{file.path.name} has no column '{name}'{others}; {nearest(name, offered)}",
                place,
                remedy="mend the expression, or ask for a complete export",
            )


def unusable(
    connection: duckdb.DuckDBPyConnection, file: StreamFile, mapping: Mapping, error: duckdb.Error
) -> UserError:
    """Whether the file or an expression is to blame for `error`, found by trying each alone."""
    try:
        connection.execute(mapping.rows.whole_query)
    except duckdb.Error as alone:
        return damaged(file.path, alone)
    for trial in (*mapping.prepared.trials, *mapping.expressions):
        try:
            connection.execute(trial.query())
        except duckdb.Error as alone:
            row = _first_failing_row(connection, mapping, trial)
            return file.error(
                f"'{trial.text}' cannot be evaluated on {file.path.name}{row}: {_first_line(alone)}",
                trial.place,
                remedy="mend it; text files hold text, so declare their numbers under file_columns",
            )
    return file.error(
        f"the stream cannot be evaluated on {file.path.name}: {_first_line(error)}",
        remedy="mend its expressions",
    )


def _first_failing_row(connection: duckdb.DuckDBPyConnection, mapping: Mapping, trial: Trial) -> str:
    """Where a trial fails, in words; nowhere if it does without rows, as with a mistyped name."""

    def fails(rows: int) -> bool:
        try:
            connection.execute(trial.query(rows))
        except duckdb.Error:
            return True
        return False

    (last,) = connection.execute(f"select max({ROW_NUMBER}) from ({mapping.rows.query})").fetchone() or (0,)
    if not last or fails(0):
        return ""
    row = 1 + bisect_left(range(1, last), True, key=fails)  # noqa: FBT003 (what is looked for)
    return f", row {row}"


def _first_line(error: duckdb.Error) -> str:
    return str(error).split("\n", maxsplit=1)[0]
