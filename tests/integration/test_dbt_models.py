"""The dbt project on a real warehouse with a handful of facts, night after night."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import stdev
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from ruamel.yaml import YAML

from regulars.landing.ledger import TOUCHED_DAYS
from regulars.warehouse.published import CARRIED

PROJECT = Path(__file__).parents[2] / "regulars" / "dbt_project"
NEW_YORK = ZoneInfo("America/New_York")
INCREMENTAL = ("intermediate.customer_days", "intermediate.customer_category_days")
MARTS = (
    "customer_identifiers",
    "orders",
    "customer_features",
    "customers",
    "customer_permissions",
    "customer_segments",
    "customer_segment_history",
    "customer_touchpoints",
)


def columns_of(types: Mapping[str, str]) -> str:
    """The columns of a table as its definition lists them."""
    return ", ".join(f"{name} {kind}" for name, kind in types.items())


TABLES = {
    "settings.night": "as_of_date date, as_of_end_at timestamp, time_zone varchar, currency varchar, "
    "previous_date date",
    "settings.permissions": "channel varchar, purpose varchar, status varchar, basis varchar",
    "settings.segments": "segment_id varchar, kind varchar, position integer, predicate varchar, "
    "evidence_columns varchar, definition_hash varchar, goal varchar, owner varchar",
    "landing.files": "file_id bigint, source varchar, entity varchar, loaded_date date",
    "landing.dead_letters": "file_id bigint, row_number bigint, reason varchar",
    "landing.touched_days": columns_of(TOUCHED_DAYS),
    **{f"previous.{table.name}": columns_of(table.columns) for table in CARRIED},
}
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
        self.execute("insert into settings.permissions values ('mail', 'marketing', 'granted', 'terms')")
        self.define(LAPSED, ENGAGED, BIG_SPENDER)

    def define(self, *segments: tuple[object, ...]) -> None:
        self.execute("delete from settings.segments")
        for segment in segments:
            self.execute("insert into settings.segments values (?, ?, ?, ?, ?, ?, ?, ?)", *segment)

    def load(self, entity: str, *rows: Row) -> None:
        """Land the rows as one file: a row with a known record_key replaces the one that is there."""
        file_id = self.execute("select coalesce(max(file_id), 0) + 1 from landing.files")[0][0]
        self.execute("insert into landing.files values (?, 'shop', ?, date '2024-03-01')", file_id, entity)
        self._touch(file_id, entity, *(row["record_key"] for row in rows))
        for row in rows:
            self.execute(f"delete from landing.{entity} where record_key = ?", row["record_key"])
            values = {"source": "shop", "file_id": file_id} | row
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
            "insert into settings.night values (?, ?, 'America/New_York', 'USD', null)",
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
        columns = "* exclude (built_file_id)" if table in INCREMENTAL else "*"
        return self.execute(f"select {columns} from {table} order by all")


def line(key: str, day: int, amount: str = "10", **more: object) -> Row:
    defaults = {"order_ref": key, "product_ref": "p1", "customer_ref": "ann", "quantity": 1}
    return defaults | {"record_key": key, "occurred_at": march(day), "amount": Decimal(amount)} | more


def order(key: str, day: int, amount: str = "10", **more: object) -> Row:
    return {"record_key": key, "order_ref": key, "ordered_at": march(day), "amount": Decimal(amount)} | more


def message(key: str, day: int, event: str = "sent", **more: object) -> Row:
    defaults = {"message_ref": key, "channel": "mail", "event": event, "customer_ref": "ann"}
    return defaults | {"record_key": f"{key}-{event}", "occurred_at": march(day)} | more


def product(key: str, category: str) -> Row:
    return {"record_key": key, "product_ref": key, "category": category}


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One path for all tests: dbt parses the project anew when the path of the warehouse changes."""
    folder = tmp_path_factory.mktemp("dbt")
    before = dict(os.environ)
    os.environ |= {"REGULARS_WAREHOUSE": str(folder / "warehouse.duckdb"), "REGULARS_MEMORY_LIMIT": "1GB"}
    yield folder
    os.environ.clear()
    os.environ |= before


@pytest.fixture
def warehouse(state: Path) -> Iterator[Warehouse]:
    empty = Warehouse(path=state / "warehouse.duckdb", state=state)
    empty.create()
    yield empty
    empty.close()


def assert_as_after_a_full_refresh(warehouse: Warehouse, day: int, case: str) -> None:
    warehouse.set_day(day)
    parents = ("int_orders", "int_order_lines", *(name.split(".")[1] for name in INCREMENTAL))
    assert warehouse.dbt("run", "--select", *parents)
    incremental = {table: warehouse.rows(table) for table in INCREMENTAL}
    warehouse.close()
    saved = warehouse.path.with_suffix(".saved")
    shutil.copy(warehouse.path, saved)
    assert warehouse.dbt("run", "--full-refresh", "--select", *parents[2:])
    full = {table: warehouse.rows(table) for table in INCREMENTAL}
    warehouse.close()
    shutil.move(saved, warehouse.path)
    assert incremental == full, case


def test_days_are_what_a_full_refresh_gives_after_any_sequence_of_nights(warehouse: Warehouse) -> None:
    warehouse.load("products", product("p1", "bread"), product("p2", "milk"))
    warehouse.load(
        "order_lines",
        line("a", 1), line("b", 3), line("c", 5), line("d", 8), line("e", 12),
        line("spans", 4), line("spans-2", 6, order_ref="spans", product_ref="p2"),
        line("nobody", 2, order_ref="late", customer_ref=None),
    )  # fmt: skip
    warehouse.load("messages", message("m1", 2), message("m1", 9, "redeemed"), message("m2", 7))
    warehouse.set_day(5)
    assert warehouse.dbt("run", "--select", "staging")
    assert_as_after_a_full_refresh(warehouse, 5, "first night, inside an order that spans days")
    assert_as_after_a_full_refresh(warehouse, 6, "the rest of that order")
    warehouse.load("order_lines", line("late", 2, customer_ref=None), line("f", 2, "7.5"), line("g", 11))
    assert_as_after_a_full_refresh(warehouse, 8, "late rows, a skipped night, rows of days to come")
    warehouse.load("order_lines", line("b", 7, "20"))
    assert_as_after_a_full_refresh(warehouse, 8, "a row moved, its old day is empty now")
    warehouse.load("orders", order("late", 9, "11", email="Bob@Example.com "), order("f", 4, "8"))
    assert_as_after_a_full_refresh(warehouse, 9, "headers arrive, on other days than their lines")
    assert_as_after_a_full_refresh(
        warehouse, 5, "backward, before a header and into an order that spans days"
    )
    warehouse.load("products", product("p1", "beer"))
    warehouse.load("order_lines", line("spans", 12, order_ref="elsewhere"))
    assert_as_after_a_full_refresh(warehouse, 12, "a new category, a line that left its order")


def test_a_night_that_dies_forgets_nothing(warehouse: Warehouse) -> None:
    too_much = Decimal(90000000000000)
    warehouse.load("order_lines", line("a", 1), line("b", 3))
    warehouse.set_day(3)
    selection = ("--select", "+customer_days")
    assert warehouse.dbt("run", *selection)
    before = {table: warehouse.rows(table) for table in INCREMENTAL}
    returned = [line(key, 1, order_ref="a", returned_quantity=too_much) for key in ("x", "y")]
    warehouse.load("order_lines", *returned)
    assert not warehouse.dbt("run", *selection)
    assert {table: warehouse.rows(table) for table in INCREMENTAL} == before


def fill(warehouse: Warehouse, last_day: int) -> None:
    """Facts of three people up to and including a day; `last_day` 31 means all there are."""
    ann = [line(f"a{day}", day, f"{day}.25", discount=Decimal(day)) for day in (1, 2, 5, 9, 12, 19, 20)]
    bob = [order(f"b{day}", day, "40", email="BOB@example.com", discount=Decimal(10)) for day in (3, 13, 25)]
    messages = [message("m1", 4), message("m1", 12, "redeemed"), message("m2", 13), message("m3", 28)]
    statements = [
        {"record_key": str(day), "customer_ref": "ann", "channel": "mail", "purpose": "marketing",
         "status": status, "stated_at": march(day)}
        for day, status in ((6, "withdrawn"), (26, "granted"))
    ]  # fmt: skip
    end = march(last_day, 23) + timedelta(hours=1)
    warehouse.load("products", product("p1", "bread"))
    warehouse.load("customers", {"record_key": "ann", "customer_ref": "ann", "email": "ann@example.com"})
    facts: list[tuple[str, str, list[Row]]] = [
        ("order_lines", "occurred_at", ann),
        ("orders", "ordered_at", bob),
        ("messages", "occurred_at", messages),
        ("consents", "stated_at", statements),
    ]
    for entity, time, rows in facts:
        warehouse.load(entity, *(row for row in rows if row[time] < end))


def test_facts_after_the_as_of_day_change_nothing(warehouse: Warehouse) -> None:
    fill(warehouse, 31)
    warehouse.build(13)
    with_the_future = {table: warehouse.rows(f"marts.{table}") for table in MARTS}
    warehouse.create()
    fill(warehouse, 13)
    warehouse.build(13)
    assert {table: warehouse.rows(f"marts.{table}") for table in MARTS} == with_the_future


def test_features_agree_with_a_recomputation_from_the_landed_rows(warehouse: Warehouse) -> None:
    fill(warehouse, 31)
    warehouse.load(
        "order_lines", line("evening", 13, "3.00", occurred_at=march(13, 23), product_ref="unknown"),
        line("morning", 6, "5.00", occurred_at=march(6, 0)),
    )  # fmt: skip
    warehouse.night(13)
    columns = (
        "order_count_7d, order_count_30d, order_amount_7d, order_amount, days_since_first_order, "
        "days_since_last_order, order_gap_mean_days, order_gap_stddev_days, overdue_ratio, "
        "discount_share_90d, top_category, top_category_share_365d, messages_sent_30d, "
        "messages_redeemed_30d, weekend_order_share_365d, favourite_weekday, favourite_weekday_share_365d"
    )
    features = warehouse.execute(f"select {columns} from marts.customers where customer_ref = 'ann'")[0]

    orders = {1: "1.25", 2: "2.25", 5: "5.25", 6: "5.00", 9: "9.25", 12: "12.25", 13: "3.00"}
    amounts = {day: Decimal(amount) for day, amount in orders.items()}
    total = sum(amounts.values())
    discounts = Decimal(1 + 2 + 5 + 9 + 12)
    gaps = [1, 3, 1, 3, 3, 1]
    weekdays = [date(2024, 3, day).isoweekday() for day in orders]
    assert features == (
        3, 7, amounts[9] + amounts[12] + amounts[13], total, 12, 0,
        2.0, round(stdev(gaps), 6), 0.0,
        round(float(discounts / (total + discounts)), 6),
        "bread", round(float((total - 3) / total), 6), 2, 1,
        round(sum(weekday >= 6 for weekday in weekdays) / 7, 6), 2, round(2 / 7, 6),
    )  # fmt: skip


def history(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.execute(
        """select segment_id || ' ' || entered_date, exited_date, entry_reason, exit_reason
        from marts.customer_segment_history"""
    )
    return {key: tuple(values) for key, *values in rows}


def test_history_opens_and_closes_memberships_with_their_reasons(warehouse: Warehouse) -> None:
    warehouse.load("order_lines", line("a", 1, "60"), line("b", 9, "60"))
    warehouse.night(6)
    engaged = "order_count > 0 (order_count = 1)"
    assert history(warehouse) == {"engaged 2024-03-06": (None, engaged, None)}

    warehouse.carry_history()
    warehouse.night(7)
    lapsed = "days_since_last_order > 5 (days_since_last_order = 6)"
    closed = (date(2024, 3, 7), engaged, f"no longer: lapsed comes first, {lapsed}")
    assert history(warehouse) == {"engaged 2024-03-06": closed, "lapsed 2024-03-07": (None, lapsed, None)}

    warehouse.carry_history()
    warehouse.night(9)
    assert history(warehouse) == {
        "engaged 2024-03-06": closed,
        "lapsed 2024-03-07": (
            date(2024, 3, 9), lapsed, "no longer: days_since_last_order > 5 (days_since_last_order = 0)",
        ),
        "engaged 2024-03-09": (None, "order_count > 0 (order_count = 2)", None),
        "big_spender 2024-03-09": (None, "order_amount >= 100 (order_amount = 120.0000)", None),
    }  # fmt: skip

    warehouse.carry_history()
    warehouse.define(LAPSED, (*ENGAGED[:3], "order_count > 5", "order_count", "h2b", "", "crm"))
    warehouse.night(10)
    ended = {key: values[2] for key, values in history(warehouse).items() if values[0] == date(2024, 3, 10)}
    assert ended == {"engaged 2024-03-09": "definition changed", "big_spender 2024-03-09": "segment removed"}


def test_a_refusal_in_another_system_reaches_who_is_known_by_an_order_only(warehouse: Warehouse) -> None:
    warehouse.execute("insert into settings.permissions values ('email', 'marketing', 'granted', 'terms')")
    people = {
        "silent": {"email": "silent@example.com"},
        "refused": {"email": "refused@example.com"},
        "unsubscribed": {"email": "unsubscribed@example.com"},
        "came back": {"email": "back@example.com"},
        "caller": {"phone": "+1 (555) 0100"},
    }
    warehouse.load("orders", *(order(name, 1, **address) for name, address in people.items()))
    statement = {"channel": "email", "purpose": "marketing", "stated_at": march(2), "source": "mailer"}
    own_grant = {"status": "granted", "stated_at": march(4), "source": "shop"}
    warehouse.load(
        "consents",
        statement | {"record_key": "1", "email": " REFUSED@example.com", "status": "withdrawn"},
        statement | {"record_key": "2", "phone": "001 555-0100", "status": "denied"},
        statement | {"record_key": "3", "email": "Back@example.com"} | own_grant,
    )
    unsubscribed = {"channel": "email", "customer_ref": None, "source": "mailer"}
    warehouse.load(
        "messages",
        message("m1", 3, "unsubscribed", email="Unsubscribed@example.com", **unsubscribed),
        message("m2", 3, "complained", email="back@example.com", **unsubscribed),
        message("m3", 9, "unsubscribed", email="silent@example.com", **unsubscribed),
    )
    warehouse.set_day(5)
    assert warehouse.dbt("run", "--select", "+customer_permissions", "orders")
    found = warehouse.execute(
        """select orders.order_ref, permissions.status from marts.orders
        inner join marts.customer_permissions as permissions using (customer_id)
        where permissions.channel = 'email' and permissions.purpose = 'marketing'"""
    )
    assert dict(found) == {
        "silent": "granted", "refused": "withdrawn", "unsubscribed": "withdrawn", "came back": "granted",
        "caller": "denied",
    }  # fmt: skip


def test_an_order_of_nobody_is_kept_and_counts_for_nobody(warehouse: Warehouse) -> None:
    warehouse.load("orders", order("cash", 1, "7"), order("anns", 1, "5", customer_ref="ann"))
    warehouse.load("order_lines", line("till", 2, customer_ref=None), line("anns", 1))
    warehouse.build(5)
    owners = warehouse.execute("select order_ref, customer_id is null from marts.orders order by all")
    assert owners == [("anns", False), ("cash", True), ("till", True)]
    assert warehouse.execute("select order_count, order_amount from marts.customers") == [(1, Decimal(5))]


def test_dbt_unit_tests_pass(warehouse: Warehouse) -> None:
    warehouse.set_day(13)
    assert warehouse.dbt("run")
    assert warehouse.dbt("test", "--select", "test_type:unit")


def test_columns_have_the_types_that_their_descriptions_say(warehouse: Warehouse) -> None:
    warehouse.set_day(3)
    assert warehouse.dbt("run")
    built = warehouse.execute("select table_name, column_name, lower(data_type) from duckdb_columns()")
    types = {(table, column): data_type for table, column, data_type in built}
    described = {
        (model["name"], column["name"]): column["data_type"]
        for path in (PROJECT / "models").rglob("*.yml")
        for model in YAML(typ="safe").load(path).get("models", [])
        for column in model["columns"]
    }
    assert described == {name: types.get(name) for name in described}
