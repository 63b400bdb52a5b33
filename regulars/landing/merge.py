"""Merges temporary table `incoming` into the landed rows, as if its files had come one after the other."""

from dataclasses import dataclass
from datetime import date

import duckdb

from regulars.landing.incoming import count
from regulars.landing.ledger import FileAccount, NewFile
from regulars.landing.mapping import Mapping
from regulars.landing.preparation import NO_OBJECT
from regulars.store.sql import literal, quoted

# the dead letters that are no row of the format
UNREADABLE = (
    f"(select file_id from dead where reason = {literal(NO_OBJECT)} union all select file_id from rejected)"
)


@dataclass(frozen=True)
class Delivery:
    """Files of one stream in the night that loads them, or whose dead letters are loaded again.

    `as_of` becomes the day on which the rows were loaded; `night` shows first what they change, if that is
    another. The days that they touch are noted under `number`, or without one under the number of each file.
    """

    mapping: Mapping
    files: tuple[NewFile, ...]
    as_of: date
    zone: str
    number: int | None = None
    night: date | None = None

    @property
    def source(self) -> str:
        """The system that delivered them."""
        return self.files[0].source

    @property
    def landed(self) -> str:
        """The table that their rows go to."""
        return f"landing.{quoted(self.mapping.entity.name)}"


def keep_dead_letters(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Add the dead letters of the files to those that are landed."""
    paths = ", ".join(
        f"({literal(str(file.path))}, {literal(file.relative_path)})" for file in delivery.files
    )
    connection.execute(
        f"insert into landing.dead_letters by name select dead.*, {literal(delivery.source)} as source,"
        f" {literal(delivery.mapping.entity.name)} as entity, path, date '{delivery.as_of}' as loaded_date"
        " from dead inner join delivered using (file_id)"
        f" inner join (values {paths}) as paths (file_name, path) using (file_name)"
        " order by file_id, row_number"
    )


def merge(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> list[FileAccount]:
    """Insert what is new, replace what changed, count what was there already."""
    good = _counts(connection, _per_file("incoming"))
    drop_earlier_versions_in_file(connection)
    drop_identical(connection, delivery)
    loaded = _counts(connection, _per_file("incoming"))
    _drop_earlier_versions_in_delivery(connection)
    _replace(connection, delivery)
    return _accounts(connection, delivery, good, loaded)


def merge_late(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> int:
    """Merge late rows of one file, each the last of its key there and not identical to what is landed.

    A row stays behind if its key is landed from a later file, or in table `told_later`. Returns how many
    rows the file has loaded now that it had not: a late row in the place of one of the same file is no more.
    """
    same_file = count(
        connection, "select count(*) from incoming inner join told_before using (file_id, record_key)"
    )
    loaded = count(connection, "select count(*) from incoming") - same_file
    connection.execute(
        "delete from incoming using told_before where told_before.record_key = incoming.record_key"
        " and told_before.file_id > incoming.file_id"
    )
    connection.execute("delete from incoming where record_key in (from told_later)")
    _replace(connection, delivery)
    return loaded


def _accounts(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, good: dict[int, int], loaded: dict[int, int]
) -> list[FileAccount]:
    dead, rejected = _counts(connection, _per_file("dead")), _counts(connection, _per_file("rejected"))
    unreadable = _counts(connection, _per_file(UNREADABLE))
    returned = _counts(connection, "select file_id, rows from returned")
    accounts = []
    for file, (file_id,) in zip(
        delivery.files, connection.execute("select file_id from delivered order by 1").fetchall(), strict=True
    ):
        own = good.get(file_id, 0) + dead.get(file_id, 0)
        rows_read = returned.get(file_id, 0) + rejected.get(file_id, 0)
        accounts.append(
            FileAccount(
                file_id=file_id,
                path=file.relative_path,
                entity=delivery.mapping.entity.name,
                rows_read=rows_read,
                rows_loaded=loaded.get(file_id, 0),
                rows_duplicate=good.get(file_id, 0) - loaded.get(file_id, 0),
                rows_dead=dead.get(file_id, 0),
                rows_unreadable=unreadable.get(file_id, 0),
                rows_skipped=rows_read - own,
            )
        )
    return accounts


def _counts(connection: duckdb.DuckDBPyConnection, query: str) -> dict[int, int]:
    """How many rows a query counts of each file, by the file's id."""
    return dict(connection.execute(query).fetchall())


def _per_file(rows: str) -> str:
    return f"select file_id, count(*) from {rows} group by file_id"


def drop_earlier_versions_in_file(connection: duckdb.DuckDBPyConnection) -> None:
    """Of several rows with one key the last in the file stays; keys with several are in table `repeated`."""
    connection.execute(
        "create or replace temp table repeated as"
        " select record_key from incoming group by record_key having count(*) > 1"
    )
    if count(connection, "select count(*) from repeated"):
        connection.execute(
            "delete from incoming using (select file_id, record_key, max(row_number) as last_row_number"
            " from incoming where record_key in (from repeated) group by file_id, record_key) as newest"
            " where incoming.file_id = newest.file_id and incoming.record_key = newest.record_key"
            " and incoming.row_number < newest.last_row_number"
        )


def drop_identical(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Drop the rows that say what the row before them of the same key says, be it landed or in `incoming`.

    The landed rows of these keys are in table `told_before`, keys of several files in `told_again`.
    """
    connection.execute(
        f"create or replace temp table told_before as from {delivery.landed}"
        f" where source = {literal(delivery.source)} and record_key in (select record_key from incoming)"
    )
    connection.execute(
        "create or replace temp table told_again as select record_key from incoming"
        " where record_key in (from repeated) group by record_key having count(*) > 1"
    )
    columns = [quoted(name) for name in (*delivery.mapping.stream.columns, "extras")]
    if count(connection, "select count(*) from told_before"):
        same = " and ".join(f"incoming.{name} is not distinct from told_before.{name}" for name in columns)
        connection.execute(
            "delete from incoming using told_before where told_before.record_key = incoming.record_key"
            f" and {same} and incoming.record_key not in (from told_again)"
        )
    if count(connection, "select count(*) from told_again"):
        _drop_identical_in_delivery(connection, columns)


def _drop_identical_in_delivery(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
    """The same for keys of several files, where the row before may be one of another file."""
    content = "struct_pack(" + ", ".join(f"{name} := {name}" for name in columns) + ")"
    rows = f"record_key, {content} as content"
    connection.execute(
        f"create or replace temp table versions as select file_id, {rows} from incoming"
        f" where record_key in (from told_again) union all select 0 as file_id, {rows} from told_before"
        " where record_key in (from told_again)"
    )
    connection.execute(
        "delete from incoming using (from versions select file_id, record_key qualify content"
        " is not distinct from lag(content) over (partition by record_key order by file_id)) as same"
        " where incoming.file_id = same.file_id and incoming.record_key = same.record_key"
    )


def _drop_earlier_versions_in_delivery(connection: duckdb.DuckDBPyConnection) -> None:
    """Of several files with one key the last stays."""
    connection.execute(
        "delete from incoming using (select record_key, max(file_id) as last_file_id from incoming"
        " where record_key in (from told_again) group by record_key) as newest"
        " where incoming.record_key = newest.record_key and incoming.file_id < newest.last_file_id"
    )


def _replace(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Put `incoming` in the place of the landed rows with the same keys, which are in `told_before`."""
    if count(connection, "select count(*) from told_before"):
        _touch_days(connection, delivery, "told_before", "told_before inner join incoming using (record_key)")
        connection.execute(
            f"delete from {delivery.landed} as landed using incoming"
            f" where landed.source = {literal(delivery.source)} and landed.record_key = incoming.record_key"
        )
    _touch_days(connection, delivery, "incoming", "incoming")
    connection.execute(
        f"insert into {delivery.landed} by name select {literal(delivery.source)} as source,"
        f" date '{delivery.as_of}' as loaded_date, * exclude (is_dead) from incoming"
    )


def _touch_days(connection: duckdb.DuckDBPyConnection, delivery: Delivery, timed: str, rows: str) -> None:
    """Note the store-local days whose facts change, so that the night rebuilds just these.

    An entity without days, such as products, is noted without one.
    """
    day, instants = "cast(null as date)", ""
    if time_column := delivery.mapping.entity.time_column:
        # a zone is looked up once a quarter of an hour, as no zone's clock has moved by less since 1972
        time = f"{timed}.{quoted(time_column)}"
        quarter = f"make_timestamp(epoch_us({time}) // 900000000 * 900000000)"
        instants = f", case when {time} < timestamp '1973-01-01' then {time} else {quarter} end as instant"
        day = f"cast(timezone({literal(delivery.zone)}, timezone('UTC', instant)) as date)"
    number = "incoming.file_id" if delivery.number is None else delivery.number
    origin = f"{literal(delivery.source)}, {literal(delivery.mapping.entity.name)}"
    connection.execute(
        "insert into landing.touched_days"
        f" select distinct number, {origin}, {day}, date '{delivery.night or delivery.as_of}'"
        f" from (select distinct {number} as number{instants} from {rows})"
    )
