"""What a customer is said to have done by an earlier day does not change with what came after it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from regulars.landing.load import land
from regulars.simulation.simulate import simulate
from regulars.simulation.world import World
from regulars.store.entities import entities
from regulars.store.features import category_features, features
from regulars.store.store import open_store
from regulars.warehouse.night import Night, prepare
from tests.integration.dbt_warehouse import Warehouse
from tests.stores import demo_store_in

CATEGORIES = "+customer_category_features"
MONTH_END, LAST = date(2024, 2, 29), date(2024, 3, 20)


@dataclass(frozen=True)
class View:
    """Features as of the month's end, and the handles of facts until then that made up each customer."""

    features: pl.DataFrame
    customers: pl.DataFrame
    categories: pl.DataFrame


def views(warehouse: Warehouse, folder: Path) -> tuple[View, View]:
    """The month's end as a later night sees it, and as a night of that day did that knew no more."""
    store = open_store(folder)
    later = Night(store, LAST, previous=None, previous_date=None)
    warehouse.close()
    warehouse.path.unlink()
    with duckdb.connect(warehouse.path) as connection:
        prepare(connection, later)
        for _accounts in land(connection, store, LAST):
            pass
    assert warehouse.dbt("run", "--full-refresh", "--select", "+past_customer_features", CATEGORIES)
    past = view(warehouse, "intermediate.past_customer_features")
    forget_after(warehouse, store.day_end(MONTH_END))
    warehouse.close()
    with duckdb.connect(warehouse.path) as connection:
        prepare(connection, replace(later, as_of=MONTH_END))
    assert warehouse.dbt("run", "--full-refresh", "--select", "+customer_features", CATEGORIES)
    return past, view(warehouse, "marts.customer_features")


def view(warehouse: Warehouse, table: str) -> View:
    """What the warehouse says of the month's end."""
    return View(
        warehouse.frame(f"from {table} where as_of_date = date '{MONTH_END}'"),
        warehouse.frame(
            "select customer_id, list(handle_id order by handle_id) as handles"
            " from intermediate.int_customer_handles"
            " where handle_id in (select handle_id from intermediate.customer_days"
            f" where active_date <= date '{MONTH_END}') and linked_date <= date '{MONTH_END}'"
            " group by customer_id"
        ),
        warehouse.frame(
            f"from intermediate.customer_category_features where as_of_date = date '{MONTH_END}'"
        ),
    )


def forget_after(warehouse: Warehouse, end: datetime) -> None:
    """Delete every landed row of a fact that happened after `end`."""
    for entity in entities().values():
        if time := "created_at" if entity.name == "customers" else entity.time_column:
            warehouse.execute(f"delete from landing.{entity.name} where {time} >= ?", end)


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    """A simulated store with the usual dirt, in which people log in, merge and come late all the time."""
    folder = demo_store_in(tmp_path / "demo")
    simulate(folder, World(customers=400, days=80, seed=7))
    return folder


def test_no_feature_of_a_past_day_changes_when_all_that_came_after_it_is_deleted(
    warehouse: Warehouse, simulated: Path
) -> None:
    past, then = views(warehouse, simulated)
    # of a few something was learned since: visitors gave their names, two people turned out to share a phone
    same = then.customers.join(past.customers, on=["customer_id", "handles"])
    assert same.height >= 0.9 * then.customers.height
    known = [name for name, feature in features().items() if feature.is_point_in_time]
    both = (
        then.features.join(same, on="customer_id", how="semi")
        .select("customer_id", *known)
        .join(past.features, on="customer_id", suffix="_later")
    )
    assert both.height == same.height
    assert changed(both, known) == []


def test_no_feature_of_a_category_changes_when_all_that_came_after_it_is_deleted(
    warehouse: Warehouse, simulated: Path
) -> None:
    past, then = views(warehouse, simulated)
    same = then.customers.join(past.customers, on=["customer_id", "handles"])
    of_both = set(past.categories["category"]) & set(then.categories["category"])
    of_same = [
        view.categories.join(same, on="customer_id", how="semi").filter(pl.col("category").is_in(of_both))
        for view in (then, past)
    ]
    both = of_same[0].join(of_same[1], on=["customer_id", "category"], suffix="_later")
    assert both.height == of_same[0].height == of_same[1].height > 50
    assert changed(both, [*category_features()]) == []


def changed(both: pl.DataFrame, names: list[str]) -> list[str]:
    """The names whose column differs from the one of a later view."""
    return [name for name in names if both.filter(pl.col(name).ne_missing(pl.col(f"{name}_later"))).height]
