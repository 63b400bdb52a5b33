"""The rows of files on their way: temporary table `incoming` for those that fit, `dead` for the others.

`delivered` has the numbers of the files. `incoming` has `file_id`, `row_number`, `record_key`, `extras` and
the entity's columns; `rejected` those of the dead letters that are lines which the format cannot hold;
`returned` how many other rows each file has, those of other streams too.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from regulars.landing.binding import unusable
from regulars.landing.delimited import separator
from regulars.landing.file_rows import REJECT_SCANS, REJECTS
from regulars.landing.mapping import Mapping
from regulars.landing.streams import StreamFile
from regulars.landing.torn_rows import create_originals, note_originals
from regulars.store.errors import UserError
from regulars.store.sql import literal

# what a scan of the files read, until every row of it is accounted for
KEPT = 'temp."rows as read"'
# letters of a row that is set aside which its reader shows in any case
SURELY_SHOWN = 1000


def number_files(connection: duckdb.DuckDBPyConnection, files: Sequence[StreamFile], *, after: int) -> None:
    """Give the files the numbers that follow `after`, in table `delivered`."""
    rows = ", ".join(
        f"({after + 1 + place}, {place}, {literal(str(file.path))})" for place, file in enumerate(files)
    )
    connection.execute(
        f"create or replace temp table delivered as from (values {rows}) as files (file_id, place, file_name)"
    )


def read_incoming(
    connection: duckdb.DuckDBPyConnection, files: Sequence[StreamFile], mapping: Mapping
) -> None:
    """Read every row of the stream; numbered from the first row of the first file.

    Raises:
        UserError: A file is damaged, or an expression fails on a row.
    """
    try:
        for table in (REJECTS, REJECT_SCANS):
            connection.execute(f"drop table if exists temp.{table}")
        if mapping.kept_query:
            connection.execute(f"create or replace temp table {KEPT} as {mapping.kept_query}")
        kept = mapping.kept_in(KEPT)
        connection.execute(
            "create or replace temp table returned as select file_id, rows"
            f" from ({kept.rows.count_query}) as files (place, rows)"
            " inner join delivered using (place)"
        )
        connection.execute(
            "create or replace temp table incoming as select delivered.file_id, read.* exclude (place)"
            f" from ({kept.incoming_query()}) as read inner join delivered using (place)"
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise unusable(connection, files[0], mapping, error) from error


def set_dead_letters_aside(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Move the rows that cannot be typed to `dead`, with the lines that the reader set aside.

    What was kept to explain them is dropped.

    Raises:
        UserError: A quote that is not closed swallows rows.
    """
    connection.execute(
        "create or replace temp table dead (file_id bigint, row_number bigint, column_name varchar,"
        " value varchar, reason varchar, row_text varchar)"
    )
    connection.execute("create or replace temp table rejected as from dead")
    if count(connection, "select count(*) from incoming where is_dead"):
        _explain_dead_letters(connection, mapping)
        connection.execute("delete from incoming where is_dead")
    connection.execute(f"drop table if exists {KEPT}")
    _number_within_files(connection)
    if mapping.rows.header_lines is not None and count(connection, f"select count(*) from {REJECTS}"):
        _note_rejects(connection, mapping)
        _add_rejects(connection)


def _explain_dead_letters(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    numbers = "select row_number from incoming where is_dead"
    kept = mapping.kept_in(KEPT)
    # cells that nobody reads were not kept
    delivered = mapping.rows if mapping.unread_columns else kept.rows
    connection.execute(
        "insert into dead by name select incoming.file_id, letters.*, texts.row_text"
        f" from ({kept.dead_letter_query(numbers)}) as letters"
        f" inner join ({delivered.text_query(numbers)}) as texts using (row_number)"
        " inner join incoming using (row_number)"
    )


def _number_within_files(connection: duckdb.DuckDBPyConnection) -> None:
    if count(connection, "select count(*) from delivered") == 1:
        return
    connection.execute(
        "create or replace temp table starts as select file_id,"
        " coalesce(sum(rows) over (order by file_id rows between unbounded preceding and 1 preceding), 0)"
        " as rows_before from returned"
    )
    for table in ("incoming", "dead"):
        connection.execute(
            f"update {table} set row_number = row_number - rows_before from starts"
            f" where {table}.file_id = starts.file_id and rows_before > 0"
        )


def _note_rejects(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Put the lines that the reader set aside into `rejected`, with their places and texts in the file."""
    header_lines = mapping.rows.header_lines
    connection.execute(
        "create or replace temp table torn as select delivered.file_id, file_path, line,"
        " first(column_name order by column_idx) as column_name,"
        " first(error_message order by column_idx) as reason,"
        " ltrim(any_value(csv_line), chr(13) || chr(10)) as shown,"
        " bool_or(error_type = 'UNQUOTED VALUE') as has_stray_quote,"
        f" bool_or(error_type = 'INVALID ENCODING') as has_stray_byte from {REJECTS}"
        f" inner join {REJECT_SCANS} using (scan_id, file_id) inner join delivered on file_path = file_name"
        " group by delivered.file_id, file_path, line"
    )
    create_originals(connection)
    query = "select file_id, file_path, list(line order by line) from torn group by all order by file_id"
    for file_id, name, lines in connection.execute(query).fetchall():
        path = Path(name)
        delimiter = separator(path, mapping.stream.delimiter) if header_lines else None
        rows = note_originals(connection, file_id, path, lines, delimiter=delimiter)
        _refuse_swallowed_lines(connection, file_id, path, rows)
    connection.execute(
        "create or replace temp table rejected as select file_id, column_name, reason,"
        f" coalesce(originals.row_number, line - {header_lines}) as row_number,"
        " coalesce(originals.row_text, shown) as row_text from torn left join originals using (file_id, line)"
    )


def _refuse_swallowed_lines(
    connection: duckdb.DuckDBPyConnection, file_id: int, path: Path, rows: int
) -> None:
    """Refuse a file in which a quote that is not closed swallows rows, so that nobody can tell them apart."""
    is_agreed = rows == count(
        connection,
        f"select coalesce((select rows from returned where file_id = {file_id}), 0)"
        f" + (select count(*) from torn where file_id = {file_id})",
    ) and not count(
        connection,
        "select count(*) from torn left join originals using (file_id, line)"
        f" where file_id = {file_id} and not has_stray_quote and not has_stray_byte"
        f" and not starts_with(row_text, left(shown, {SURELY_SHOWN}))",
    )
    swallowing = "has_stray_quote" + (" and regexp_matches(row_text, '[\r\n]')" if is_agreed else "")
    ((line,),) = connection.execute(
        "select min(line) from torn left join originals using (file_id, line)"
        f" where file_id = {file_id} and {swallowing}"
    ).fetchall()
    if line is not None:
        raise UserError(
            "a quote that opens in this row is not closed before the next row begins",
            file=path,
            line=line,
            remedy="close the quote, or double it inside a quoted value, and deliver the file again",
        )
    if not is_agreed:
        connection.execute(f"delete from originals where file_id = {file_id}")


def _add_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the lines that the reader set aside, and number all rows as they stand in their file.

    The reader numbers only the rows that it returns, so each is behind by the rejects before it.
    """
    connection.execute(
        "create or replace temp table gaps as"
        " select file_id, row_number - position + 1 as first_row_number, max(position) as rejects"
        " from (select file_id, row_number, row_number() over in_file as position from rejected"
        " window in_file as (partition by file_id order by row_number)) group by all"
    )
    for table in ("incoming", "dead"):
        connection.execute(
            f"update {table} set row_number = {table}.row_number + behind.rejects"
            f" from (select {table}.file_id, row_number, rejects from {table} asof join gaps"
            f" on {table}.file_id = gaps.file_id and row_number >= first_row_number) as behind"
            f" where {table}.file_id = behind.file_id and {table}.row_number = behind.row_number"
        )
    connection.execute("insert into dead by name from rejected")


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query returns."""
    # one row fetched of a result leaves its query unfinished, and rejects are written at its end
    ((number,),) = connection.execute(query).fetchall()
    return int(number)
