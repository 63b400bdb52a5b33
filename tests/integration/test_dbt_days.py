"""The tables of days, which a night brings up to date, are what a full refresh makes of the same facts."""

import shutil
from decimal import Decimal

from tests.integration.dbt_warehouse import INCREMENTAL, Warehouse, event, line, message, order, product

PARENTS = ("int_orders", "int_order_lines")
DAYS = tuple(name.split(".")[1] for name in INCREMENTAL)


def bring_up_to_date(warehouse: Warehouse, day: int) -> None:
    warehouse.set_day(day)
    assert warehouse.dbt("run", "--select", *PARENTS, *DAYS)


def assert_as_after_a_full_refresh(warehouse: Warehouse, day: int, case: str) -> None:
    bring_up_to_date(warehouse, day)
    incremental = {table: warehouse.rows(table) for table in INCREMENTAL}
    warehouse.close()
    saved = warehouse.path.with_suffix(".saved")
    shutil.copy(warehouse.path, saved)
    assert warehouse.dbt("run", "--full-refresh", "--select", *DAYS)
    full = {table: warehouse.rows(table) for table in INCREMENTAL}
    warehouse.close()
    shutil.move(saved, warehouse.path)
    assert incremental == full, case
    assert warehouse.execute("select distinct handle_id from intermediate.customer_days order by 1") == (
        warehouse.execute("select handle_id from intermediate.int_handle_texts order by 1")
    )


def test_days_are_what_a_full_refresh_gives_after_any_sequence_of_nights(warehouse: Warehouse) -> None:
    warehouse.load("products", product("p1", "bread"), product("p2", "milk"))
    warehouse.load(
        "order_lines",
        line("a", 1), line("b", 3), line("c", 5), line("d", 8), line("e", 12),
        line("spans", 4), line("spans-2", 6, order_ref="spans", product_ref="p2"),
        line("nobody", 2, order_ref="late", customer_ref=None),
    )  # fmt: skip
    warehouse.load("messages", message("m1", 2), message("m1", 9, "redeemed"), message("m2", 7))
    warehouse.load("events", event("e1", 2), event("e2", 4), event("e3", 10, anonymous_ref="tablet"))
    warehouse.set_day(5)
    assert warehouse.dbt("run", "--select", "staging")
    # a first night, inside an order that spans days
    bring_up_to_date(warehouse, 5)
    assert_as_after_a_full_refresh(warehouse, 6, "the rest of an order that spans days")
    warehouse.load("order_lines", line("late", 2, customer_ref=None), line("f", 2, "7.5"), line("g", 11))
    # a night was skipped, and some rows are of days to come
    bring_up_to_date(warehouse, 8)
    warehouse.load("order_lines", line("b", 7, "20"))
    assert_as_after_a_full_refresh(
        warehouse, 8, "rows came late, and one moved, so that its old day is empty now"
    )
    warehouse.load("orders", order("late", 9, "11", email="Bob@Example.com "), order("f", 4, "8"))
    # headers arrive, on other days than their lines
    bring_up_to_date(warehouse, 9)
    assert_as_after_a_full_refresh(
        warehouse, 5, "backward, before a header and into an order that spans days"
    )
    warehouse.load("products", product("p1", "beer"))
    warehouse.load("order_lines", line("spans", 12, order_ref="elsewhere"))
    assert_as_after_a_full_refresh(warehouse, 12, "a new category, a line that left its order")
    warehouse.load("events", event("login", 4, "signed_in", customer_ref="ann"))
    assert_as_after_a_full_refresh(warehouse, 12, "a log-in came late, so that its visit is somebody's now")


def test_a_night_that_dies_forgets_nothing(warehouse: Warehouse) -> None:
    too_much = Decimal(90000000000000)
    warehouse.load("order_lines", line("a", 1), line("b", 3))
    warehouse.set_day(3)
    selection = ("--select", "+int_handle_texts")
    assert warehouse.dbt("run", *selection)
    before = {table: warehouse.rows(table) for table in INCREMENTAL}
    returned = [line(key, 1, order_ref="a", returned_quantity=too_much) for key in ("x", "y")]
    warehouse.load("order_lines", *returned)
    assert not warehouse.dbt("run", *selection)
    assert {table: warehouse.rows(table) for table in INCREMENTAL} == before
