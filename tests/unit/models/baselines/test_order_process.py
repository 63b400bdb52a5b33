"""BG/NBD and gamma-gamma over features; what the models themselves say is in their own tests."""

import json
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from regulars.models.baselines.bg_nbd import BgNbd
from regulars.models.baselines.gamma_gamma import GammaGamma
from regulars.models.baselines.order_process import (
    NoOrder,
    OrdersTimesAmount,
    fit_no_order,
    fit_orders_times_amount,
    histories_of,
)

ORDERS = BgNbd(r=0.6, alpha=60, a=0.8, b=2.4, log_likelihood=-1)
AMOUNTS = GammaGamma(p=6.25, q=3.74, v=15.44, log_likelihood=-1)
POPULATION_MEAN = 6.25 * 15.44 / 2.74
FEATURES = (
    "days_since_first_order",
    "days_since_last_order",
    "order_gap_mean_days",
    "order_count",
    "order_amount",
)


def customers(*rows: tuple[float | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(FEATURES, pl.Float32), orient="row")


# days with orders: one; three, of which one had two orders; two orders on one day
ONCE, THRICE, TWICE_A_DAY = (100, 100, None, 1, 20), (200, 20, 90, 4, 100), (50, 50, None, 2, 30)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ONCE, (0, 0, 100, 0, 20)),
        (THRICE, (2, 180, 200, 2, 25)),
        (TWICE_A_DAY, (0, 0, 50, 0, 15)),
        # what costs nothing does not say what an order is worth
        ((200, 20, 90, 3, 0), (2, 180, 200, 0, 0)),
        ((200, 20, 90, 3, -6), (2, 180, 200, 0, -2)),
        # a mean as a 32-bit float is not exact
        ((365, 1, 364 / 11, 12, 120), (11, 364, 365, 11, 10)),
    ],
)
def test_a_history_is_made_of_days_with_orders(
    row: tuple[float | None, ...], expected: tuple[float, ...]
) -> None:
    assert histories_of(customers(row)).row(0) == pytest.approx(expected)


def test_no_order_is_what_bg_nbd_says_in_log_odds() -> None:
    frame = customers(ONCE, THRICE)
    said = expit(NoOrder(ORDERS, 90).raw(frame))
    assert said == pytest.approx(ORDERS.probability_of_no_order(histories_of(frame), 90).to_numpy())


def test_an_amount_is_orders_times_what_one_is_worth() -> None:
    frame = customers(ONCE, THRICE)
    histories = histories_of(frame)
    orders = ORDERS.expected_order_count(histories, 90)
    worth = AMOUNTS.expected_order_amount(histories)
    assert worth[0] == pytest.approx(POPULATION_MEAN)
    assert 25 < worth[1] < POPULATION_MEAN
    assert OrdersTimesAmount(ORDERS, AMOUNTS, 90).raw(frame) == pytest.approx((orders * worth).to_numpy())


@pytest.mark.parametrize("amount", [0, -6])
def test_whose_orders_cost_nothing_is_scored_as_one_of_whom_no_amount_is_known(amount: float) -> None:
    frame = customers((200, 20, 90, 3, amount))
    orders = ORDERS.expected_order_count(histories_of(frame), 90)[0]
    assert OrdersTimesAmount(ORDERS, AMOUNTS, 90).raw(frame) == pytest.approx([orders * POPULATION_MEAN])


def many() -> pl.DataFrame:
    """Some of whom never came back, and some of whom never paid."""
    draws = np.random.default_rng(1)
    repeats, observed = draws.poisson(draws.gamma(0.8, 3, 2_000)), draws.integers(50, 400, 2_000)
    recency = np.where(
        repeats > 0, np.maximum((observed * draws.beta(repeats + 0.5, 1)).astype(int), repeats), 0
    )
    recency = np.minimum(recency, observed)
    amount = (repeats + 1) * draws.gamma(6, 1 / draws.gamma(4, 1 / 15, 2_000))
    return pl.DataFrame(
        {
            "days_since_first_order": observed,
            "days_since_last_order": observed - recency,
            "order_gap_mean_days": np.where(recency > 0, recency / np.maximum(repeats, 1), math.nan),
            "order_count": repeats + 1,
            "order_amount": np.where(draws.random(2_000) < 0.05, 0, amount),
        }
    ).with_columns(pl.all().cast(pl.Float32).fill_nan(None))


def test_a_fitted_rule_is_the_same_after_it_was_written_and_read() -> None:
    for rule in (fit_no_order(many(), 90), fit_orders_times_amount(many(), 90)):
        again = type(rule).of_json(json.loads(json.dumps(rule.as_json())))
        assert again == rule
        assert np.isfinite(rule.raw(many())).all()


def test_where_nobody_came_back_there_is_nothing_to_fit() -> None:
    for fit in (fit_no_order, fit_orders_times_amount):
        with pytest.raises(ValueError, match="expected somebody who ordered again"):
            fit(customers(ONCE, TWICE_A_DAY), 90)


def test_what_contradicts_itself_is_refused() -> None:
    broken: tuple[Any, ...] = (100, 20, None, 2, 30)
    with pytest.raises(ValueError, match="1 of 1 rows"):
        NoOrder(ORDERS, 90).raw(customers(broken))
