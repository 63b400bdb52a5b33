from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from regulars.models.learning.examples import examples
from regulars.models.purchase_propensity.model import OWN, purchase_propensity, top_categories
from regulars.store.features import category_features
from regulars.store.training import Propensity, Training
from tests.unit.models.made_up_shop import Shop, execute, rows

AS_OF = date(2025, 3, 31)
TEA = purchase_propensity(Training(), "Tea")
FEATURES = ("days_since_last_order", "order_count_365d")


def learned(shop: Shop, *features: str) -> pl.DataFrame:
    with shop.warehouse.connect() as connection:
        return examples(connection, TEA, features, [AS_OF])


def buys(shop: Shop, customer: str, day: int, category: str = "Tea") -> None:
    """Nothing else is bought by anybody."""
    execute(shop, "delete from intermediate.customer_category_days")
    execute(
        shop,
        "insert into intermediate.customer_category_days"
        f" values (hash('{customer}'), '{category}', date '{AS_OF + timedelta(days=day)}')",
    )


def somebody(shop: Shop) -> str:
    query = f"from intermediate.past_customer_features where as_of_date = date '{AS_OF}'"
    (row,) = rows(shop, f"select min(customer_id) as id {query} and {TEA.population}")
    return str(row["id"])


@pytest.mark.parametrize(
    ("day", "category", "found"),
    [
        (0, "Tea", (0, 0)),
        (1, "Tea", (1, 1)),
        (28, "Tea", (1, 1)),
        (29, "Tea", (1, 0)),
        (30, "Tea", (1, 0)),
        (31, "Tea", (0, 0)),
        (1, "Bread", (0, 0)),
    ],
)
def test_what_counts_was_bought_in_the_category_after_the_day_and_within_the_horizon(
    shop: Shop, day: int, category: str, found: tuple[float, float]
) -> None:
    buys(shop, customer := somebody(shop), day, category)
    frame = learned(shop)
    assert frame.filter(customer_id=customer).select("outcome", "early_outcome").row(0) == found
    assert frame.select(pl.sum("outcome", "early_outcome")).row(0) == found
    assert frame.height > 1_000


def test_a_purchase_counts_once_whichever_of_her_handles_bought(shop: Shop) -> None:
    customer = somebody(shop)
    buys(shop, customer, 3)
    execute(
        shop,
        f"insert into intermediate.int_customer_handles values (7, '{customer}');"
        f" insert into intermediate.customer_category_days values (7, 'Tea', date '{AS_OF}' + 4)",
    )
    frame = learned(shop)
    assert frame["customer_id"].n_unique() == frame.height
    assert frame.filter(outcome=1)["customer_id"].to_list() == [customer]


def test_of_who_never_bought_in_it_counts_are_nothing_and_days_unknown(shop: Shop) -> None:
    never = learned(shop).filter(pl.col("days_since_last_category_order").is_null())
    assert never.height > 100
    assert never.select(set(OWN) - {"days_since_last_category_order"}).unique().to_dicts() == [
        {
            "days_since_first_category_order": None,
            "category_order_day_count_90d": 0,
            "category_order_day_count_365d": 0,
            "category_order_amount_365d": 0,
        }
    ]


def test_nothing_of_later_days_or_other_categories_is_a_feature(shop: Shop) -> None:
    before = learned(shop, *FEATURES, *OWN).drop("outcome", "early_outcome")
    of_others = f"where as_of_date <> date '{AS_OF}' or category <> 'Tea'"
    execute(shop, f"delete from intermediate.customer_category_features {of_others}")
    execute(shop, f"delete from intermediate.customer_category_days where active_date > date '{AS_OF}'")
    assert learned(shop, *FEATURES, *OWN).drop("outcome", "early_outcome").equals(before)


def test_its_own_features_are_those_of_the_catalogue() -> None:
    assert set(OWN) == set(category_features())
    assert {feature.context for feature in category_features().values()} == {"commerce"}


def test_the_store_says_in_how_many_categories_and_for_how_long(shop: Shop) -> None:
    settings = Training(propensity=Propensity(horizon_days=14))
    model = purchase_propensity(settings, "Body Care")
    assert (model.name, model.horizon_days, model.about) == ("purchase_propensity_body_care", 14, "Body Care")
    with shop.warehouse.connect() as connection:
        assert top_categories(connection, 1) == ["Bread"]
        assert top_categories(connection, 9) == ["Bread", "Tea"]


def test_the_rules_to_beat_are_those_of_the_documents() -> None:
    assert list(TEA.methods(FEATURES, pl.DataFrame)) == ["trees", "recency", "rfm"]


def test_a_category_with_a_quote_is_a_category() -> None:
    model = purchase_propensity(Training(), "Baker's")
    tables: dict[str, Any] = {
        "customer_category_days": "1 as handle_id, 'Baker''s' as category, date '2025-01-02' as active_date",
        "int_customer_handles": "1 as handle_id, 'a' as customer_id",
    }
    with duckdb.connect() as connection:
        connection.execute("create schema intermediate")
        for name, row in tables.items():
            connection.execute(f"create table intermediate.{name} as select {row}")
        days = "with days as (select date '2025-01-01' as as_of_date)"
        found = connection.execute(f"{days} {model.outcome.facts}").fetchall()
    assert found == [("a", date(2025, 1, 1), True)]
