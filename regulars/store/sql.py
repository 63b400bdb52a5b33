"""Quoting of names and values for SQL text that DuckDB gives no way to bind."""


def quoted(identifier: str) -> str:
    """`identifier` as a SQL identifier, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """`value` as a SQL text literal."""
    return "'" + value.replace("'", "''") + "'"
