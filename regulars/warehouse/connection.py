"""The one way to open the build warehouse; DuckDB locks a file per process, so nobody keeps it open."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from regulars.store.errors import UserError
from regulars.warehouse.session import LENT

# DuckDB packs text faster in the format of its newer files than in the one that any version reads, in which
# versions are published; a file that is there keeps its own
FORMAT = "v1.4.0"
# what DuckDB says of a database that is not as it wrote it, and what it says of other files too
DAMAGED = ("Corrupt database file", "Corrupt WAL file")
UNREADABLE = ("not a valid DuckDB database file", "Could not read enough bytes")


@dataclass(frozen=True)
class Warehouse:
    """The private DuckDB file in which a night is built."""

    path: Path
    memory_limit: str

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that is closed, and with it the file's lock released, at the end of the block.

        Raises:
            UserError: The file is damaged, as DuckDB finds when it opens it or reads of it in the block.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(
                self.path,
                config={"memory_limit": self.memory_limit, "storage_compatibility_version": FORMAT},
            )
            try:
                connection.execute("set TimeZone = 'UTC'")
                yield connection
            finally:
                connection.close()
        except duckdb.Error as error:
            if damage := self.damage(str(error)):
                raise damage from error
            raise

    def damage(self, said: str) -> UserError | None:
        """What to tell the user if DuckDB `said` that this file is damaged; it keeps a checksum per block."""
        names_us = str(self.path) in said
        if not any(words in said for words in (*DAMAGED, *(UNREADABLE if names_us else ()))):
            return None
        return UserError(
            f"the build warehouse is damaged: {said.strip()}",
            file=self.path,
            remedy="run the night with --rebuild, which reads all exports anew; what is published stays",
        )

    def discard(self) -> None:
        """Remove what was built; the next night lands every file of the exports anew."""
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def clear_spill(self) -> None:
        """Remove what an interrupted night spilled to disk."""
        for folder in (self.path.with_name(f"{self.path.name}.tmp"), *self.path.parent.glob(f"{LENT}*")):
            shutil.rmtree(folder, ignore_errors=True)
