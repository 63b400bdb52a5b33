"""A real warehouse with a handful of facts, as landing leaves it, and dbt to run on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from ruamel.yaml import YAML

from regulars.landing.ledger import TOUCHED_DAYS
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.settings_tables import SETTINGS, blocked, metric_rows

PROJECT = Path(__file__).parents[2] / "regulars" / "dbt_project"
NEW_YORK = ZoneInfo("America/New_York")
INCREMENTAL = (
    "intermediate.customer_visits",
    "intermediate.customer_days",
    "intermediate.customer_category_days",
    "intermediate.int_handle_texts",
)


def columns_of(types: Mapping[str, str]) -> str:
    """The columns of a table as its definition lists them."""
    return ", ".join(f"{name} {kind}" for name, kind in types.items())


TABLES = {
    **{f"settings.{name}": columns_of(table.columns) for name, table in SETTINGS.items()},
    "landing.files": "file_id bigint, source varchar, entity varchar, loaded_date date",
    "landing.dead_letters": "file_id bigint, row_number bigint, reason varchar",
    "landing.touched_days": columns_of(TOUCHED_DAYS),
    **{f"previous.{table.name}": columns_of(table.columns) for table in CARRIED},
}
# depth and whatever follows it are as usual unless they are said
DEFINED = (
    "segment_id",
    "kind",
    "position",
    "predicate",
    "evidence_columns",
    "definition_hash",
    "goal",
    "owner",
)
LAPSED = ("lapsed", "stage", 1, "days_since_last_order > 5", "days_since_last_order", "h1", "", "crm")
ENGAGED = ("engaged", "stage", 2, "order_count > 0", "order_count", "h2", "", "crm")
BIG_SPENDER = ("big_spender", "intent", 3, "order_amount >= 100", "order_amount", "h3", "", "crm")

Row = dict[str, Any]


def march(day: int, hour: int = 12) -> datetime:
    """A store-local hour of March 2024 in UTC; the clocks change on the 10th."""
    return datetime(2024, 3, day, hour, tzinfo=NEW_YORK).astimezone(UTC).replace(tzinfo=None)


@dataclass
class Warehouse:
    """A warehouse as landing and prepare leave it, and dbt to run on it."""

    path: Path
    state: Path
    times: dict[str, str | None] = field(default_factory=dict)
    connection: duckdb.DuckDBPyConnection | None = None

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        self.connection = self.connection or duckdb.connect(str(self.path))
        return self.connection.execute(sql, values or None).fetchall()

    def frame(self, sql: str) -> pl.DataFrame:
        self.connection = self.connection or duckdb.connect(str(self.path))
        frame: pl.DataFrame = self.connection.execute(sql).pl()
        return frame

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def create(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
        landing = YAML(typ="safe").load(PROJECT / "models/staging/_landing.yml")["sources"][0]
        system = landing["meta"]["system_columns"]
        tables = dict(TABLES)
        for table in landing["tables"]:
            columns = system | {column["name"]: column["data_type"] for column in table["columns"]}
            typed = (f'"{name}" {kind}' for name, kind in columns.items())
            tables[f"landing.{table['name']}"] = ", ".join(typed)
            self.times[table["name"]] = table["meta"].get("time")
        for schema in ("settings", "previous", "landing"):
            self.execute(f"create schema {schema}")
        for name, columns in tables.items():
            self.execute(f"create table {name} ({columns})")
        self.execute("insert into settings.training values (90, 270, 5000, 100, 3, 'orders')")
        self.execute("insert into settings.identity values ('US', null, 5, 20)")
        for value, is_local_part in blocked(()).items():
            self.execute("insert into settings.blocked_identifiers values (?, ?)", value, is_local_part)
        for metric in metric_rows(least_answers=2, horizon_days=7):
            self.execute(f"insert into settings.metrics values ({', '.join('?' * len(metric))})", *metric)
        self.execute("insert into settings.permissions values ('mail', 'marketing', 'granted', 'terms')")
        self.execute("insert into settings.channels values ('email'), ('mail'), ('push'), ('sms')")
        self.define(LAPSED, ENGAGED, BIG_SPENDER)

    def define(self, *segments: tuple[object, ...], **more: str) -> None:
        """Let these be the segments, each as DEFINED says, and what is given besides true of all of them."""
        self.execute("delete from settings.segments")
        names = ", ".join((*DEFINED, *more))
        for segment in segments:
            values = (*segment, *more.values())
            self.execute(
                f"insert into settings.segments ({names}) values ({', '.join('?' * len(values))})", *values
            )

    def load(self, entity: str, *rows: Row) -> None:
        """Land the rows as one file: a row with a known record_key replaces the one that is there."""
        file_id = self.execute("select coalesce(max(file_id), 0) + 1 from landing.files")[0][0]
        self.execute("insert into landing.files values (?, 'shop', ?, date '2024-03-01')", file_id, entity)
        self._touch(file_id, entity, *(row["record_key"] for row in rows))
        for row_number, row in enumerate(rows, start=1):
            self.execute(f"delete from landing.{entity} where record_key = ?", row["record_key"])
            values = {"source": "shop", "file_id": file_id, "row_number": row_number} | row
            columns = ", ".join(values)
            self.execute(
                f"insert into landing.{entity} ({columns}) values ({', '.join('?' * len(values))})",
                *values.values(),
            )
        self._touch(file_id, entity, *(row["record_key"] for row in rows))

    def _touch(self, file_id: int, entity: str, *record_keys: str) -> None:
        if time := self.times[entity]:
            self.execute(
                f"""insert into landing.touched_days
                select distinct ?, 'shop', ?,
                    cast(timezone('America/New_York', timezone('UTC', {time})) as date), date '2024-03-01'
                from landing.{entity} where list_contains(?, record_key)""",
                file_id,
                entity,
                list(record_keys),
            )
        else:
            self.execute(
                "insert into landing.touched_days values (?, 'shop', ?, null, date '2024-03-01')",
                file_id,
                entity,
            )

    def dbt(self, command: str, *arguments: str) -> bool:
        self.close()
        folders = ("--project-dir", PROJECT, "--profiles-dir", PROJECT)
        output = ("--target-path", self.state / "target", "--log-path", self.state / "logs")
        invocation = [command, *map(str, (*folders, *output)), "--quiet", "--no-write-json", *arguments]
        success = dbtRunner().invoke(invocation).success
        # the profile keeps the file open, and a file that is open cannot be made anew
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        return success

    def set_day(self, day: int) -> None:
        self.execute("delete from settings.night")
        self.execute(
            "insert into settings.night values (?, ?, 'America/New_York', 'USD', null, 0, null, 180, 365)",
            date(2024, 3, day),
            march(day + 1, 0),
        )

    def build(self, day: int) -> None:
        self.set_day(day)
        assert self.dbt("build", "--exclude-resource-type", "unit_test")

    def night(self, day: int) -> None:
        self.set_day(day)
        assert self.dbt("run", "--select", "+customer_segment_history", "+customers")

    def carry_history(self) -> None:
        self.execute(
            "create or replace table previous.customer_segment_history as "
            "select * from marts.customer_segment_history"
        )

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        columns = "columns(name -> name <> 'built_file_id')" if table in INCREMENTAL else "*"
        return self.execute(f"select {columns} from {table} order by all")


def line(key: str, day: int, amount: str = "10", **more: object) -> Row:
    defaults = {"order_ref": key, "product_ref": "p1", "customer_ref": "ann", "quantity": 1}
    return defaults | {"record_key": key, "occurred_at": march(day), "amount": Decimal(amount)} | more


def order(key: str, day: int, amount: str = "10", **more: object) -> Row:
    return {"record_key": key, "order_ref": key, "ordered_at": march(day), "amount": Decimal(amount)} | more


def message(key: str, day: int, event: str = "sent", **more: object) -> Row:
    defaults = {"message_ref": key, "channel": "mail", "event": event, "customer_ref": "ann"}
    return defaults | {"record_key": f"{key}-{event}", "occurred_at": march(day)} | more


def event(key: str, day: int, event_type: str = "page_viewed", **more: object) -> Row:
    defaults = {"event_ref": key, "event_type": event_type, "anonymous_ref": "cookie", "session_ref": "visit"}
    return defaults | {"record_key": key, "occurred_at": march(day)} | more


def product(key: str, category: str) -> Row:
    return {"record_key": key, "product_ref": key, "category": category}
