"""Churn of a shop whose customers subscribe with their first order, of whom one in three soon leaves."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from regulars.models.churn.model import churn
from regulars.models.learning.examples import examples
from regulars.models.learning.history import OF_SUBSCRIPTIONS
from regulars.models.learning.registry import Registry
from regulars.models.learning.scoring import customers_tonight
from regulars.models.predictions.readiness import is_silent
from regulars.models.predictions.versions import Standing, Tonight, standing_of
from regulars.store.training import Churn, Training
from regulars.warehouse.session import lent
from tests.unit.models.made_up_shop import CUSTOMERS, FIRST_DATE, NIGHT, PROGRAM, Shop, be_ready, people, rows

SETTINGS = Training(churn=Churn(of="subscriptions"), most_rows=50_000)
MODEL = churn(SETTINGS)
FEATURES = ("visit_count_30d", "days_since_subscription_start", "search_count_30d")
TABLES = ("marts.customer_features", "intermediate.past_customer_features")
TRUTH = """
    select features.as_of_date, features.customer_id,
        coalesce(min(ended_date) <= features.as_of_date + 90, false) as has_left,
        coalesce(min(ended_date) <= features.as_of_date + 28, false) as has_left_early
    from intermediate.past_customer_features as features
    inner join intermediate.int_customer_subscriptions as subscriptions
        on features.customer_id = subscriptions.customer_id
            and started_date <= as_of_date and coalesce(ended_date > as_of_date, true)
    group by features.as_of_date, features.customer_id
    order by features.as_of_date, features.customer_id
"""


def subscriptions() -> pl.DataFrame:
    """When each begins and ends; those who never search stay for 80 days on average, others for 900."""
    draws, number = np.random.default_rng(9), np.arange(CUSTOMERS)
    started = people().first_day.astype(np.int64)
    days = 1 + draws.exponential(np.where(number % 3 == 0, 80, 900)).astype(np.int64)
    told = pl.DataFrame({"customer_id": [f"c_{one:04}" for one in number], "start": started, "days": days})
    start = pl.lit(FIRST_DATE) + pl.duration(days="start")
    end = start + pl.duration(days="days")
    return told.select(
        "customer_id", start.alias("started_date"), pl.when(end <= NIGHT).then(end).alias("ended_date")
    )


@pytest.fixture
def subscribed(shop: Shop) -> Shop:
    """The shop before its first predictions, with subscriptions and enough of them."""
    with shop.warehouse.connect() as connection:
        with lent(connection, subscriptions=subscriptions()):
            connection.execute("create table intermediate.int_customer_subscriptions as from subscriptions")
        for table in TABLES:
            connection.execute(
                f"""
                update {table} as features set
                    days_since_subscription_start = features.as_of_date - told.started_date,
                    search_count_30d = cast(right(features.customer_id, 4) as bigint) % 3
                from intermediate.int_customer_subscriptions as told
                where features.customer_id = told.customer_id and told.started_date <= features.as_of_date
                    and coalesce(told.ended_date > features.as_of_date, true)
                """
            )
        be_ready(connection, missing="customers who left")
        connection.execute(
            "insert into marts.data_readiness"
            f" select 'history', unnest({list(OF_SUBSCRIPTIONS)}), 5000, 5000, true"
        )
    return shop


def stand(shop: Shop) -> tuple[Standing, pl.DataFrame]:
    """Where churn stands, and its scores by customer."""
    with shop.warehouse.connect() as connection:
        tonight = Tonight(connection, NIGHT, SETTINGS, FEATURES, Registry(shop.models), PROGRAM, {})
        standing = standing_of(tonight, MODEL)
        if standing.predictor is None:
            return standing, pl.DataFrame()
        scores = MODEL.score(customers_tonight(connection, MODEL, FEATURES), standing.predictor)
    return standing, scores


def test_examples_are_who_subscribes_and_what_came_true_is_an_end_in_the_horizon(subscribed: Shop) -> None:
    day = NIGHT - timedelta(days=91)
    with subscribed.warehouse.connect() as connection:
        found = examples(connection, MODEL, FEATURES, [day])
        expected = pl.DataFrame(connection.sql(TRUTH)).filter(pl.col("as_of_date") == day)
    assert found.height > 500
    assert found["customer_id"].to_list() == expected["customer_id"].to_list()
    for outcome, truth in (("outcome", "has_left"), ("early_outcome", "has_left_early")):
        assert found[outcome].to_list() == expected[truth].to_list()
        assert 0 < found[outcome].mean() < 0.5  # type: ignore[operator]


def test_trees_are_graded_against_tenure_and_use_and_score_who_subscribes(subscribed: Shop) -> None:
    standing, scores = stand(subscribed)
    (champion,) = standing.rows
    assert (champion["status"], champion["method"]) == ("champion", "trees")
    assert {row["method"] for row in standing.metrics} == {"trees", "tenure", "recency_of_use"}
    found = scores.join(
        pl.DataFrame(
            rows(
                subscribed,
                "select customer_id, order_count, columns('^(search|days_since_sub).*') from"
                " marts.customer_features",
            )
        ),
        on="customer_id",
    )
    age = pl.col("days_since_subscription_start")
    said = pl.when(age.is_null()).then(pl.lit("not_active")).when(age < 30).then(pl.lit("cold_start"))
    assert found["basis"].to_list() == found.select(said.otherwise(pl.lit("model"))).to_series().to_list()
    assert found["basis"].n_unique() == 3
    means = dict(
        found.group_by(pl.col("search_count_30d") == 0).agg(pl.mean("churn_probability")).iter_rows()
    )
    assert means[True] > 2 * means[False]


def test_it_waits_for_enough_subscriptions_and_not_for_orders(subscribed: Shop) -> None:
    with subscribed.warehouse.connect() as connection:
        assert not is_silent(connection)
        connection.execute(
            "update marts.data_readiness set is_ready = false, counted = 50"
            " where subject = 'subscribers who left'"
        )
        assert is_silent(connection)
    standing, _ = stand(subscribed)
    (off,) = standing.rows
    assert off["status"] == "off"
    assert off["reason"] == "too little to learn from: subscribers who left: 50 of 5,000 needed"
