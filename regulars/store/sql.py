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
