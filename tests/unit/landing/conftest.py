"""Lands small exports of a made-up shop into a DuckDB in memory."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars.landing.ledger import FileAccount, create_landing_tables
from regulars.landing.load import land
from regulars.store.store import open_store
from tests.shops import write_shop

Row = tuple[Any, ...]
COLUMNS: dict[str, str] = {
    "order_ref": "id",
    "customer_ref": "who",
    "ordered_at": "placed",
    "amount": "amount",
}


def contract(*streams: Mapping[str, object], system: str = "pos") -> str:
    """A contract as JSON, which is YAML; each stream says what differs from orders in CSV."""
    orders = {"files": "*.csv", "entity": "orders", "columns": COLUMNS}
    content = {"system": system, "time_zone": "Europe/Berlin", "owner": "team:data"}
    return json.dumps(content | {"streams": [orders | stream for stream in streams or ({},)]}, indent=1)


@dataclass(frozen=True)
class Shop:
    """A store's folder and the warehouse that its exports are landed in."""

    folder: Path
    connection: duckdb.DuckDBPyConnection

    def deliver(self, exports: Mapping[str, str | bytes], *contracts: str) -> None:
        """Write exports, and contracts in place of the ones before."""
        for position, text in enumerate(contracts):
            (self.folder / "sources" / "pos.yml").unlink(missing_ok=True)
            (self.folder / "sources" / f"{position}.yml").write_text(text, "utf-8")
        for name, content in exports.items():
            path = self.folder / "exports" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def land(
        self, exports: Mapping[str, str | bytes], *contracts: str, day: str = "2024-05-31"
    ) -> list[FileAccount]:
        """Deliver and land; the accounts of the files that were new."""
        self.deliver(exports, *contracts)
        batches = land(self.connection, open_store(self.folder), date.fromisoformat(day))
        return [account for accounts in batches for account in accounts]

    def rows(self, query: str) -> list[Row]:
        """The result of a query."""
        return self.connection.execute(query).fetchall()

    def orders(self, columns: str = "order_ref, customer_ref, amount::double") -> list[Row]:
        """The landed orders."""
        return self.rows(f"select {columns} from landing.orders order by order_ref")

    def dead(self) -> list[Row]:
        """Row number, column, value and reason of the dead letters."""
        return self.rows(
            "select row_number, column_name, value, reason from landing.dead_letters order by row_number"
        )


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[[str], Shop]]:
    """Makes any number of shops."""
    connections = []

    def make(name: str) -> Shop:
        connection = duckdb.connect()
        connections.append(connection)
        create_landing_tables(connection)
        return Shop(write_shop(tmp_path / name, {"exports/.keep": ""}), connection)

    yield make
    for connection in connections:
        connection.close()


@pytest.fixture
def shop(make_shop: Callable[[str], Shop]) -> Shop:
    """One shop without exports."""
    return make_shop("shop")
