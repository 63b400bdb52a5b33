from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.learning.examples import (
    ORDER_FEATURES,
    Outcome,
    OwnFeatures,
    Periods,
    examples,
    later_periods,
    orders_after,
    past_as_of_dates,
    periods,
)
from regulars.models.learning.model import Model
from regulars.models.lifetime_value.model import lifetime_value
from regulars.store.training import Training
from tests.examples import examples as tried_on

AS_OF = date(2025, 1, 31)
HORIZON = 30
MONTH_ENDS = [date(2024 + month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in range(1, 15)]
DATES = st.lists(st.dates(date(2020, 1, 1), date(2023, 12, 31)), max_size=30, unique=True)
Learn = Callable[..., pl.DataFrame]
AMOUNT = lifetime_value(Training(), HORIZON)
COUNT = replace(
    AMOUNT,
    outcome=Outcome(
        orders_after(HORIZON),
        value="coalesce(came_true.later_order_count, 0)",
        early="coalesce(came_true.early_order_count, 0)",
    ),
)
OUTCOMES = ("early_outcome", "outcome")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Orders of nobody, and features of nobody."""
    features = ", ".join(f"{name} double default 1" for name in (*ORDER_FEATURES, "visit_count_30d"))
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("create schema marts; create schema intermediate")
        connection.execute(
            "create table marts.orders (customer_id varchar, order_date date, amount decimal(18, 4),"
            " refunded_amount decimal(18, 4));"
            "create table intermediate.past_customer_features"
            f" (as_of_date date, customer_id varchar, {features})"
        )
        yield connection


def know(connection: duckdb.DuckDBPyConnection, *customers: str, as_of: date = AS_OF) -> None:
    for customer in customers:
        connection.execute(
            "insert into intermediate.past_customer_features (as_of_date, customer_id) values (?, ?)",
            [as_of, customer],
        )


def order(
    connection: duckdb.DuckDBPyConnection,
    customer: str | None,
    day: int,
    *,
    amount: float = 10,
    refund: float | None = 0,
) -> None:
    """An order so many days after AS_OF."""
    connection.execute(
        "insert into marts.orders values (?, ?, ?, ?)",
        [customer, AS_OF + timedelta(days=day), amount, refund],
    )


def learn(
    connection: duckdb.DuckDBPyConnection,
    model: Model = COUNT,
    *,
    as_of_dates: tuple[date, ...] = (AS_OF,),
    most_rows: int = 1_000,
) -> pl.DataFrame:
    return examples(connection, replace(model, most_rows=most_rows), ["visit_count_30d"], as_of_dates)


@pytest.mark.parametrize(
    ("day", "early", "count"),
    [(-1, 0, 0), (0, 0, 0), (1, 1, 1), (28, 1, 1), (29, 0, 1), (HORIZON, 0, 1), (HORIZON + 1, 0, 0)],
)
def test_what_counts_happened_after_the_day_and_within_the_horizon(
    connection: duckdb.DuckDBPyConnection, day: int, early: int, count: int
) -> None:
    know(connection, "a")
    order(connection, "a", day)
    assert learn(connection).select(OUTCOMES).rows() == [(early, count)]


def test_a_customer_has_an_outcome_of_each_day(connection: duckdb.DuckDBPyConnection) -> None:
    later = AS_OF + timedelta(days=20)
    know(connection, "a")
    know(connection, "a", as_of=later)
    order(connection, "a", 15)
    order(connection, "a", 25)
    found = learn(connection, as_of_dates=(AS_OF, later)).select("as_of_date", "outcome")
    assert found.rows() == [(AS_OF, 2), (later, 1)]


def test_orders_of_others_and_of_nobody_do_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    know(connection, "a")
    order(connection, "b", 5)
    order(connection, None, 5)
    assert learn(connection)["outcome"].to_list() == [0]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([(10, 4)], 6), ([(10, None)], 10), ([(10, 25)], 0), ([(10, 25), (20, 0)], 5), ([(10, 10), (7, 0)], 7)],
)
def test_refunds_are_taken_off_and_nobody_spends_less_than_nothing(
    connection: duckdb.DuckDBPyConnection, amounts: list[tuple[float, float | None]], expected: float
) -> None:
    know(connection, "a")
    for amount, refund in amounts:
        order(connection, "a", 3, amount=amount, refund=refund)
    assert learn(connection, AMOUNT)["outcome"].to_list() == [expected]


def test_only_who_is_asked_for_on_days_that_are_asked_for_enters(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    know(connection, "b", "a", "without_orders")
    know(connection, "a", as_of=AS_OF - timedelta(days=31))
    connection.execute(
        "update intermediate.past_customer_features set order_count = 0 where customer_id = 'without_orders'"
    )
    assert learn(connection).select("as_of_date", "customer_id").rows() == [(AS_OF, "a"), (AS_OF, "b")]


def test_features_are_32_bit_floats_and_unknown_where_they_are_unknown(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    know(connection, "a")
    connection.execute("update intermediate.past_customer_features set visit_count_30d = null")
    frame = learn(connection)
    assert frame["visit_count_30d"].to_list() == [None]
    assert {frame.schema[name] for name in ("visit_count_30d", *ORDER_FEATURES)} == {pl.Float32()}
    assert {frame.schema[name] for name in OUTCOMES} == {pl.Float64()}


def test_who_has_no_row_is_no_example_where_an_outcome_is_not_of_everybody(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    later = AS_OF + timedelta(days=40)
    for as_of in (AS_OF, later):
        know(connection, "a", "b", as_of=as_of)
    order(connection, "a", 3)
    order(connection, "b", 45)
    of_buyers = replace(COUNT, outcome=replace(COUNT.outcome, is_of_everybody=False))
    found = learn(connection, of_buyers, as_of_dates=(AS_OF, later))
    assert found.select("as_of_date", "customer_id").rows() == [(AS_OF, "a"), (later, "b")]


def test_a_models_own_features_are_those_of_the_day_and_said_of_everybody(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    know(connection, "a", "b")
    own = OwnFeatures(
        f"select * from (values ('a', date '{AS_OF}', 7, 2), ('b', date '{AS_OF + timedelta(days=1)}', 6, 1))"
        " as told (customer_id, as_of_date, days_since_last_tea, tea_count)",
        {"days_since_last_tea": "null", "tea_count": "0"},
    )
    found = learn(connection, replace(COUNT, own=own))
    assert found.select("customer_id", "days_since_last_tea", "tea_count").rows() == [
        ("a", 7, 2),
        ("b", None, 0),
    ]
    assert found.schema["tea_count"] == pl.Float32()


def test_a_sample_is_of_whole_customers_and_the_same_twice(connection: duckdb.DuckDBPyConnection) -> None:
    days = (AS_OF, AS_OF + timedelta(days=28))
    for day in days:
        connection.execute(
            "insert into intermediate.past_customer_features (as_of_date, customer_id)"
            " select ?, concat('c_', range) from range(1000)",
            [day],
        )
    sample = learn(connection, as_of_dates=days, most_rows=600)
    of_days = [sample.filter(as_of_date=day)["customer_id"].to_list() for day in days]
    assert of_days[0] == of_days[1]
    assert 200 < len(of_days[0]) < 400
    assert sample.equals(learn(connection, as_of_dates=days, most_rows=600))
    assert learn(connection, as_of_dates=days, most_rows=2_000).height == 2_000


def test_the_days_of_the_past_are_told_once_and_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    for as_of in (AS_OF, date(2024, 12, 31)):
        know(connection, "a", "b", as_of=as_of)
    assert past_as_of_dates(connection) == [date(2024, 12, 31), AS_OF]


@pytest.mark.parametrize("night", [date(2025, 3, 1), date(2025, 3, 2)])
def test_a_day_whose_horizon_is_not_over_never_enters(night: date) -> None:
    """The horizon of 31 January ends on 2 March."""
    days = periods([date(2024, 10, 31), date(2024, 11, 30), date(2024, 12, 31), AS_OF], night, HORIZON)
    assert days is not None
    assert (days.grading == AS_OF) == (night == date(2025, 3, 2))


def test_days_of_a_year_and_a_quarter_are_told_apart_by_horizon() -> None:
    assert periods(MONTH_ENDS, date(2025, 3, 31), 90) == Periods(
        (
            date(2024, 1, 31),
            date(2024, 2, 29),
            date(2024, 3, 31),
            date(2024, 4, 30),
            date(2024, 5, 31),
            date(2024, 6, 30),
        ),
        date(2024, 9, 30),
        date(2024, 12, 31),
    )


@tried_on(100)
@given(days=DATES, night=st.dates(date(2020, 1, 1), date(2024, 12, 31)), horizon=st.integers(7, 365))
def test_no_horizon_runs_into_the_days_that_judge_it(days: list[date], night: date, horizon: int) -> None:
    found, length = periods(days, night, horizon), timedelta(days=horizon)
    if found is None:
        return
    assert max(found.learning) + length <= found.choosing
    assert found.choosing + length <= found.grading
    assert found.grading + length <= night
    later = later_periods(found, days, horizon)
    assert set(later.learning) >= {*found.learning, found.choosing}
    assert max(later.learning) + length <= later.choosing == found.grading


@tried_on(100)
@given(days=DATES, night=st.dates(date(2020, 1, 1), date(2024, 12, 31)), horizon=st.integers(7, 365))
def test_history_is_too_short_only_where_no_three_days_lie_far_enough_apart(
    days: list[date], night: date, horizon: int
) -> None:
    length, count, over = timedelta(days=horizon), 0, night
    while earlier := [day for day in days if day + length <= over]:
        over, count = max(earlier), count + 1
    assert (periods(days, night, horizon) is None) == (count < 3)
