"""The one way to open the build warehouse; DuckDB locks a file per process, so nobody keeps it open."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from regulars.warehouse.session import LENT


@dataclass(frozen=True)
class Warehouse:
    """The private DuckDB file in which a night is built."""

    path: Path
    memory_limit: str

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that is closed, and with it the file's lock released, at the end of the block."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(self.path, config={"memory_limit": self.memory_limit})
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()

    def discard(self) -> None:
        """Remove what was built; the next night lands every file of the exports anew."""
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def clear_spill(self) -> None:
        """Remove what an interrupted night spilled to disk."""
        for folder in (self.path.with_name(f"{self.path.name}.tmp"), *self.path.parent.glob(f"{LENT}*")):
            shutil.rmtree(folder, ignore_errors=True)
