"""Quoting of names and values for SQL text.

DuckDB binds no names at all, and imports pandas, half a second, to look at a value that it binds.
"""

from datetime import date


def quoted(identifier: str) -> str:
    """`identifier` as a SQL identifier, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """`value` as a SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def date_literal(day: date) -> str:
    """`day` as a SQL date."""
    return f"date '{day.isoformat()}'"


def draw_sql(salt: str, whom: str) -> str:
    """SQL for a number in [0, 1] of whom the SQL `whom` names, which looks like chance and never changes.

    `salt` is SQL for a text; under another salt all numbers are others.
    """
    return f"md5_number_upper({salt} || ' ' || {whom}) / 18446744073709551616.0"
