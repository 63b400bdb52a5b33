"""What a block of work borrows from a connection: frames that SQL can see, and all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def date_literal(day: date) -> str:
    """A SQL date; beside a bound one, `sql` would pass its rows through Python."""
    return f"date '{day.isoformat()}'"


@contextmanager
def registered(connection: "duckdb.DuckDBPyConnection", **frames: "pl.DataFrame") -> Iterator[None]:
    """Let SQL see frames by name while the block runs."""
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


@contextmanager
def transaction(connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """All statements of the block or none of them."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
