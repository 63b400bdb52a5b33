"""What a block of work borrows from a connection: frames and files that SQL can see, and all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl


# how the folder of such files is called, to find what a killed night left of it
LENT = "lent_"


@contextmanager
def lent(connection: "duckdb.DuckDBPyConnection", **frames: "pl.DataFrame") -> Iterator[None]:
    """Let SQL see frames by name while the block runs, as views of Parquet files beside the database.

    Registering a frame instead makes DuckDB import pyarrow, which imports pandas to know its frames from
    others: a second of every night.
    """
    ((database,),) = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    with TemporaryDirectory(prefix=LENT, dir=Path(database).parent if database else None) as folder:
        for name, frame in frames.items():
            file = Path(folder) / f"{name}.parquet"
            frame.write_parquet(file, compression="lz4")
            rows = f"read_parquet({literal(str(file))})"
            connection.execute(f"create or replace temp view {quoted(name)} as select * from {rows}")
        yield
        # not after an error, of which an aborted transaction would say nothing but that it is aborted
        for name in frames:
            connection.execute(f"drop view temp.{quoted(name)}")


@contextmanager
def attached(
    connection: "duckdb.DuckDBPyConnection", published: Path, name: str = "earlier"
) -> Iterator[None]:
    """A published file as the database `name`."""
    connection.execute(f"attach {literal(str(published))} as {quoted(name)} (read_only)")
    try:
        yield
    finally:
        connection.execute(f"detach {quoted(name)}")


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
