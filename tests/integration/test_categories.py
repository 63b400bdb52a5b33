"""What is known of customers in the categories with the most customers."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.integration.dbt_warehouse import Row, Warehouse, line, product

FEATURES = "intermediate.customer_category_features"


def build(warehouse: Warehouse, day: int, *lines: Row, categories: int = 3) -> None:
    warehouse.execute("update settings.training set category_count = ?", categories)
    warehouse.load("products", product("p1", "Tea"), product("p2", "Bread"), product("p3", "Soap"))
    warehouse.load("order_lines", *lines)
    warehouse.set_day(day)
    assert warehouse.dbt("run", "--select", "+customer_category_features", "int_categories_ranked")


def of(warehouse: Warehouse, category: str) -> list[tuple[Any, ...]]:
    """Days since the last and the first order, days with orders of 90 and 365, amount."""
    return warehouse.execute(
        f"select * exclude (as_of_date, customer_id, category) from {FEATURES} where category = ?", category
    )


def test_days_with_an_order_count_once_and_amounts_add_up(warehouse: Warehouse) -> None:
    again = line("a2", 5, "7", order_ref="a1")
    build(warehouse, 20, line("a1", 5, "2.5"), again, line("a3", 12), line("a4", 18, product_ref="p2"))
    assert of(warehouse, "Tea") == [(8, 15, 2, 2, Decimal("19.5"))]
    assert of(warehouse, "Bread") == [(2, 2, 1, 1, Decimal(10))]
    assert of(warehouse, "Soap") == []


def test_what_comes_after_the_day_is_not_known(warehouse: Warehouse) -> None:
    build(warehouse, 11, line("a1", 5), line("a2", 12))
    assert of(warehouse, "Tea") == [(6, 6, 1, 1, Decimal(10))]


def test_two_accounts_of_a_person_are_one_customer_and_one_day(warehouse: Warehouse) -> None:
    for account in ("ann", "anna"):
        record = {"record_key": account, "customer_ref": account, "email": "ann@example.com"}
        warehouse.load("customers", record | {"created_at": date(2024, 3, 1)})
    build(warehouse, 20, line("a1", 5), line("b1", 5, customer_ref="anna"))
    assert of(warehouse, "Tea") == [(15, 15, 1, 1, Decimal(20))]


def test_the_categories_with_the_most_customers_come_first_and_the_alphabet_parts_equals(
    warehouse: Warehouse,
) -> None:
    build(
        warehouse,
        20,
        *(line(f"a{day}", day, product_ref="p3") for day in (3, 4, 5)),
        line("t1", 5),
        line("t2", 5, customer_ref="bob"),
        line("b1", 6, product_ref="p2"),
        line("n1", 6, product_ref="unknown"),
        categories=2,
    )
    ranked = warehouse.execute("from intermediate.int_categories_ranked order by category_rank")
    assert ranked == [("Tea", 2, 1), ("Bread", 1, 2), ("Soap", 1, 3)]
    assert set(warehouse.execute(f"select category from {FEATURES}")) == {("Tea",), ("Bread",)}


def test_a_store_that_asks_for_no_category_has_none(warehouse: Warehouse) -> None:
    build(warehouse, 20, line("a1", 5), categories=0)
    assert warehouse.execute(f"from {FEATURES}") == []
