"""JSON lines: one object a line, whose keys are the columns."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from regulars.landing.delimited import read_csv
from regulars.landing.file_rows import (
    FILE,
    IS_READABLE,
    LINE,
    ROW_NUMBER,
    FileRows,
    by_name,
    numbered,
    renamed,
)
from regulars.landing.headers import Names
from regulars.store.errors import UserError
from regulars.store.naming import normal_form
from regulars.store.sql import literal, quoted

FIRST_LINES = 1000
# trimming takes longer than parsing, so it is left to the few lines that need it
HAS_TEXT = f"case when starts_with({LINE}, '{{') then true else trim({LINE}) <> '' end"
IS_OBJECT = (
    f"coalesce(json_valid({LINE}) and case when starts_with({LINE}, '{{') then true"
    f" else starts_with(ltrim({LINE}, e' \\t\\r\\n'), '{{') end, false)"
)
READ_VALUES, OTHER_VALUES = '"values as read"', '"other values as read"'
# a delimiter that no JSON holds makes every line one column, whichever way it ends
ONE_COLUMN = (
    "header = false, columns = {'line': 'varchar'}, delim = '\x01\x02\x03\x04', quote = '', escape = '',"
    " strict_mode = false"
)
Keys = Mapping[str, list[str]]


def read_json_lines(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], names: Names, *, rejects: bool
) -> FileRows:
    """The objects of files, with a column for every key that any of them has.

    Raises:
        UserError: No line is an object.
    """
    lines = f"(select line as {LINE}, {FILE} from {read_csv(paths, ONE_COLUMN, rejects=rejects)})"
    lines_with_text = f"(from {lines} where {HAS_TEXT})"
    scan = numbered(lines_with_text)
    keys = _keys(connection, scan, names)
    if not keys:
        raise UserError(
            "no line of the file is a JSON object", file=paths[0], line=1, remedy="deliver one object a line"
        )
    called = names.called([spellings[0] for spellings in keys.values()], paths[0])
    read = {key for key, name in called.items() if name in names.read}
    return FileRows(
        tuple(paths),
        renamed(_query(scan, keys, read), called),
        by_name(called),
        f"select {FILE}, count(*) from {scan} group by {FILE}",
        source=lines_with_text,
        scan=scan,
        text_column=LINE,
        header_lines=0 if rejects else None,
    )


def _query(scan: str, keys: Keys, read: set[str]) -> str:
    """The lines with the values of their keys, each with the first of its spellings that the line has.

    A line is parsed by every call that takes values out of it, so one call takes all that the contract
    reads, and another all the rest, which DuckDB leaves out where nobody asks for it.
    """
    wanted = {form: spellings for form, spellings in keys.items() if spellings[0] in read}
    others = {form: spellings for form, spellings in keys.items() if form not in wanted}
    lines = f"select *, {IS_OBJECT} as {IS_READABLE} from {scan}"
    return (
        f"select {LINE}, {FILE}, {ROW_NUMBER}, {IS_READABLE}{_columns(wanted, READ_VALUES)}"
        f"{_columns(others, OTHER_VALUES)} from (select *{_values(wanted, READ_VALUES)}"
        f"{_values(others, OTHER_VALUES)} from ({lines}))"
    )


def _values(keys: Keys, name: str) -> str:
    if not keys:
        return ""
    structure = json.dumps({key: "VARCHAR" for spellings in keys.values() for key in spellings})
    return f", json_transform(case when {IS_READABLE} then {LINE} end, {literal(structure)}) as {name}"


def _columns(keys: Keys, values: str) -> str:
    """The columns of `values` by their positions, because SQL's names have no case."""
    columns, position = "", 0
    for spellings in keys.values():
        found = ", ".join(
            f"struct_extract_at({values}, {position + offset})" for offset in range(1, len(spellings) + 1)
        )
        columns += f", coalesce({found}) as {quoted(spellings[0])}"
        position += len(spellings)
    return columns


def _keys(connection: duckdb.DuckDBPyConnection, scan: str, names: Names) -> Keys:
    """Every key, or those of the first lines if they have all that the contract asks for."""
    if not names.others_matter:
        first = _keys_in(connection, f"{scan} limit {FIRST_LINES}")
        if names.are_found(first):
            return first
    return _keys_in(connection, scan)


def _keys_in(connection: duckdb.DuckDBPyConnection, scan: str) -> Keys:
    """The keys of the objects in each of their spellings, because SQL's names have no case."""
    query = (
        f"select distinct unnest(keys) as key from (select distinct case when {IS_OBJECT}"
        f" then json_keys({LINE}) end as keys from (from {scan})) order by key"
    )
    keys: dict[str, list[str]] = {}
    for (key,) in connection.execute(query).fetchall():
        if key:
            keys.setdefault(normal_form(key), []).append(key)
    return keys
