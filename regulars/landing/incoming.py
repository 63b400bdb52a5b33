"""The rows of one file on their way: temporary table `incoming` for those that fit, `dead` for the others."""

from dataclasses import dataclass

import duckdb

from regulars.landing.binding import unusable
from regulars.landing.file_rows import REJECT_SCANS, REJECTS, FileRows
from regulars.landing.mapping import Mapping
from regulars.landing.preparation import NO_OBJECT
from regulars.landing.streams import StreamFile
from regulars.warehouse.sql import literal


@dataclass(frozen=True)
class SetAside:
    """How many rows became dead letters, and how many of them are no row of the format."""

    dead: int
    unreadable: int


def read_incoming(connection: duckdb.DuckDBPyConnection, mapping: Mapping, file: StreamFile) -> int | None:
    """Fill `incoming` with the stream's rows; returns how many the file has, if some are of other streams.

    Raises:
        UserError: The file is damaged, or an expression fails on a row.
    """
    try:
        rows_read = _rows_in(connection, mapping.rows) if mapping.stream.where else None
        _forget_rejects(connection)
        connection.execute("drop table if exists temp.incoming")
        connection.execute(f"create temp table incoming as {mapping.incoming_query()}")
    except duckdb.Error as error:
        raise unusable(connection, file, mapping, error) from error
    return rows_read


def _rows_in(connection: duckdb.DuckDBPyConnection, rows: FileRows) -> int:
    """How many rows a file has, with those that its format cannot hold."""
    _forget_rejects(connection)
    read = count(connection, rows.count_query)
    if rows.header_lines is None:
        return read
    return read + count(connection, f"select count(distinct line) from {REJECTS}")


def _forget_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    for table in (REJECTS, REJECT_SCANS):
        connection.execute(f"drop table if exists temp.{table}")


def set_dead_letters_aside(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> SetAside:
    """Move rows that cannot be typed from `incoming` to `dead`, and add the lines that are no row."""
    connection.execute(
        "create or replace temp table dead"
        " (row_number bigint, column_name varchar, value varchar, reason varchar, row_text varchar)"
    )
    if count(connection, "select count(*) from incoming where is_dead"):
        connection.execute(f"insert into dead by name {mapping.dead_letter_query()}")
        connection.execute("delete from incoming where is_dead")
    unreadable = count(connection, f"select count(*) from dead where reason = {literal(NO_OBJECT)}")
    if mapping.rows.header_lines is not None and count(connection, f"select count(*) from {REJECTS}"):
        unreadable += _add_rejects(connection, mapping.rows.header_lines)
    return SetAside(count(connection, "select count(*) from dead"), unreadable)


def _add_rejects(connection: duckdb.DuckDBPyConnection, header_lines: int) -> int:
    """Add the lines that the reader set aside, number all rows as they stand in the file, return how many.

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
    return count(connection, "select count(*) from rejected")


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that `query` gives."""
    # one row fetched of a result leaves its query unfinished, and rejects are written at its end
    ((number,),) = connection.execute(query).fetchall()
    return int(number)
