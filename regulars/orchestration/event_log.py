"""Dagster's event log in SQLite, with one connection per file for as long as a process lives.

Dagster's own class makes a new engine for every statement, some seven times an event, and so compiles every
statement anew, and asks for each event which tables there are: 10 to 15 ms of CPU an event, and a night has
hundreds. The files and tables are the same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

# every run has a file of its own, and the UI reads many
MOST_OPEN_FILES = 16


class EventLog(SqliteEventLogStorage):
    """The event log that `dagster.yaml` names."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "EventLog":
        """The event log below `base_dir`."""
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def _engines(self) -> dict[str, Engine]:
        """The open files, the one used last at the end."""
        return {}

    @cached_property
    def _seen(self) -> set[str]:
        """Tables, and columns of the assets' table, that are there; nothing takes one away."""
        return set()

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked anew for every event, by another engine each time."""
        if table_name not in self._seen and super().has_table(table_name):
            self._seen.add(table_name)
        return table_name in self._seen

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        name = f"column {column_name}"
        if name not in self._seen and super()._has_asset_key_col_on_connection(conn, column_name):
            self._seen.add(name)
        return name in self._seen

    def dispose(self) -> None:
        """Close every file."""
        super().dispose()
        self._keep(0)

    def wipe(self) -> None:
        """Delete every file, open ones too."""
        self._keep(0)
        self._seen.clear()
        super().wipe()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.pop(shard, None) or self._opened(shard)
            self._engines[shard] = engine
            self._keep(MOST_OPEN_FILES)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _opened(self, shard: str) -> Engine:
        """The engine of a file; its one connection may change threads, for the lock lets in one at a time."""
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=QueuePool,
            pool_size=1,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _sync_at_checkpoints)
        self._initdb(engine)
        return engine

    def _keep(self, most: int) -> None:
        while len(self._engines) > most:
            self._engines.pop(next(iter(self._engines))).dispose()


def _sync_at_checkpoints(connection: DBAPIConnection, _: object) -> None:
    """Spare a wait for the disk per event; a power cut then loses the last events, never the whole."""
    connection.cursor().execute("pragma synchronous = normal")
