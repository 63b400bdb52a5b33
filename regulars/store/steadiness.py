"""What SQL may not use if a night that is run again shall give the same bytes.

DuckDB says of each function whether it depends on more than its arguments, and takes expressions apart
with its own parser, so that no spelling hides one.
"""

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import duckdb

from regulars.store.sql import literal

# these depend on the clock, the session or the release, though DuckDB calls them consistent
_AMBIENT = frozenset(
    {"current_localtime", "current_localtimestamp", "current_setting", "getvariable", "json_serialize_plan"}
    | {"version"}
)
# DuckDB takes these words for functions wherever no column has their name
_WORDS = frozenset(
    {"current_catalog", "current_date", "current_role", "current_schema", "current_time"}
    | {"current_timestamp", "current_user", "localtime", "localtimestamp", "session_user", "user"}
)


def unsteady_part(expression: str, columns: Collection[str]) -> str | None:
    """The first function of `expression` whose value depends on more than the row, if there is one.

    Args:
        expression: SQL for one value.
        columns: The names in it that are columns, whatever else they might mean.
    """
    names = {column.casefold() for column in columns}
    for node in _nodes(_parsed(expression)):
        function = str(node.get("function_name", "")).casefold()
        # with one argument it counts up to today
        is_age_today = function == "age" and len(node.get("children", ())) == 1
        if function in _unsteady_functions() or is_age_today:
            return function
        if (word := _word(node)) in _WORDS and word not in names:
            return word
    return None


def _word(node: dict[str, Any]) -> str | None:
    parts = node.get("column_names", ())
    return str(parts[0]).casefold() if node.get("class") == "COLUMN_REF" and len(parts) == 1 else None


@cache
def _unsteady_functions() -> frozenset[str]:
    """Every function that is not consistent, and every macro that uses one or holds a query."""
    query = (
        "select function_name, function_type, stability, macro_definition from duckdb_functions()"
        " where function_type in ('scalar', 'aggregate', 'macro')"
    )
    functions = _parser().cursor().execute(query).fetchall()
    unsteady = {
        name for name, kind, stability, _ in functions if kind != "macro" and stability != "CONSISTENT"
    }
    macros = [(name, list(_nodes(_parsed(text)))) for name, kind, _, text in functions if kind == "macro"]
    unsteady |= _AMBIENT | {
        name
        for name, nodes in macros
        if any(node.get("class") == "SUBQUERY" or _word(node) in _WORDS for node in nodes)
    }
    found = -1
    while found != len(unsteady):
        found = len(unsteady)
        unsteady |= {
            name for name, nodes in macros if any(node.get("function_name") in unsteady for node in nodes)
        }
    return frozenset(unsteady)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def _parsed(expression: str) -> object:
    """The parts of an expression as DuckDB's parser sees them; nothing if it cannot read them."""
    # as a literal, because DuckDB imports pandas to look at a parameter
    query = f"select json_serialize_sql({literal(f'select ({expression})')})"
    (row,) = _parser().cursor().execute(query).fetchall()
    return json.loads(row[0])


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
