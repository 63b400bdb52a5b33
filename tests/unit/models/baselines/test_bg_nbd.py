"""BG/NBD on the customers of its paper (`conftest` says where they are from) and on made up ones."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_series_equal
from scipy.special import beta, gamma, hyp2f1

from regulars.models.baselines.bg_nbd import BgNbd, fit_bg_nbd
from tests.unit.models.baselines.conftest import MadeUp

PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=-9582.4)
TRUE = BgNbd(r=0.6, alpha=60, a=0.8, b=2.4, log_likelihood=math.nan)
METHODS = ("probability_alive", "expected_order_count", "probability_of_no_order")
COLUMNS = ("repeat_order_count", "recency_days", "observed_days")


def histories(*rows: tuple[float | None, float | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.Float64), orient="row")


def predicted(model: BgNbd, frame: pl.DataFrame, method: str, days: float) -> pl.Series:
    if method == "probability_alive":
        return model.probability_alive(frame)
    series: pl.Series = getattr(model, method)(frame, days)
    return series


def parameters(model: BgNbd) -> list[float]:
    return [model.r, model.alpha, model.a, model.b]


def test_the_published_customers_have_the_published_parameters(cdnow: pl.DataFrame) -> None:
    fitted = fit_bg_nbd(cdnow)
    assert [round(value, 3) for value in parameters(fitted)] == parameters(PUBLISHED)
    assert round(fitted.log_likelihood, 1) == PUBLISHED.log_likelihood


def test_the_likelihood_of_groups_is_that_of_each_customer_by_the_formula_of_the_paper(
    cdnow: pl.DataFrame,
) -> None:
    model = fit_bg_nbd(cdnow)
    r, alpha, a, b = parameters(model)
    x, recency, observed = (cdnow[column].to_numpy() for column in COLUMNS)
    stayed = beta(a, b + x) / beta(a, b) * gamma(r + x) * alpha**r / gamma(r) / (alpha + observed) ** (r + x)
    left = beta(a + 1, b + np.maximum(x, 1) - 1) / beta(a, b) * gamma(r + x) * alpha**r / gamma(r)
    likelihood = stayed + np.where(x > 0, left / (alpha + recency) ** (r + x), 0)
    assert model.log_likelihood == pytest.approx(np.log(likelihood).sum(), rel=1e-12)


def test_three_of_each_customer_say_the_same_three_times(cdnow: pl.DataFrame) -> None:
    once, thrice = fit_bg_nbd(cdnow), fit_bg_nbd(pl.concat([cdnow] * 3))
    assert parameters(thrice) == pytest.approx(parameters(once), rel=1e-6)
    assert thrice.log_likelihood == pytest.approx(3 * once.log_likelihood, rel=1e-12)


def test_the_unit_of_time_changes_nothing_but_alpha(cdnow: pl.DataFrame) -> None:
    weeks, days = fit_bg_nbd(cdnow), fit_bg_nbd(cdnow.with_columns(pl.col(COLUMNS[1:]) * 7))
    assert parameters(days) == pytest.approx([weeks.r, 7 * weeks.alpha, weeks.a, weeks.b], rel=1e-6)
    # each order has a density per unit of time
    densities = int(cdnow["repeat_order_count"].sum()) * math.log(7)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - densities, rel=1e-12)


def test_the_order_of_the_rows_changes_nothing_at_all(cdnow: pl.DataFrame) -> None:
    assert fit_bg_nbd(cdnow.sample(fraction=1, shuffle=True, seed=1)) == fit_bg_nbd(cdnow)


def test_the_parameters_of_made_up_customers_are_found_again(made_up: MadeUp) -> None:
    assert parameters(fit_bg_nbd(made_up.histories)) == pytest.approx(parameters(TRUE), rel=0.05)


def test_customers_who_are_all_alike_have_a_model_too() -> None:
    draws = np.random.default_rng(3)
    observed = np.full(5_000, 200.0)
    count = draws.poisson(0.03 * observed)
    recency = np.where(count > 0, observed * draws.beta(np.maximum(count, 1), 1), 0)
    alike = pl.DataFrame(dict(zip(COLUMNS, (count, recency, observed), strict=True)))
    model = fit_bg_nbd(alike)
    assert model.r / model.alpha == pytest.approx(0.03, rel=0.02)
    assert model.expected_order_count(alike, 100).mean() == pytest.approx(3, rel=0.03)


@pytest.mark.parametrize(("fewest", "most"), [(0, 0), (1, 1), (2, 3), (4, 8), (9, 1000)])
@pytest.mark.parametrize(
    ("method", "truth"),
    [
        ("probability_alive", pl.col("is_alive").cast(pl.Float64)),
        ("expected_order_count", pl.col("order_count").cast(pl.Float64)),
        ("probability_of_no_order", (pl.col("order_count") == 0).cast(pl.Float64)),
    ],
)
def test_what_is_predicted_is_what_comes_on_average(
    made_up: MadeUp, method: str, truth: pl.Expr, fewest: int, most: int
) -> None:
    outcome = made_up.truth.select(truth).to_series() - predicted(
        TRUE, made_up.histories, method, made_up.days
    )
    errors = outcome.filter(made_up.histories["repeat_order_count"].is_between(fewest, most)).to_numpy()
    assert len(errors) > 1000
    assert abs(errors.mean()) <= 4 * errors.std() / math.sqrt(len(errors))


def test_who_never_came_back_is_alive_and_waits_by_their_rate_alone() -> None:
    first_orders = histories((0, 0, 0), (0, 0, 60), (0, 0, 400))
    assert TRUE.probability_alive(first_orders).to_list() == [1, 1, 1]
    waits = [((60 + observed) / (60 + observed + 90)) ** 0.6 for observed in (0, 60, 400)]
    assert TRUE.probability_of_no_order(first_orders, 90).to_list() == pytest.approx(waits, rel=1e-12)


@pytest.mark.parametrize("days", [1, 39, 1000])
def test_the_expected_orders_are_those_of_the_formula_of_the_paper(cdnow: pl.DataFrame, days: float) -> None:
    r, alpha, a, b = parameters(PUBLISHED)
    x, recency, observed = (cdnow[column].to_numpy() for column in COLUMNS)
    until_end = alpha + observed + days
    function = hyp2f1(r + x, b + x, a + b + x - 1, days / until_end)
    if_alive = (a + b + x - 1) / (a - 1) * (1 - ((alpha + observed) / until_end) ** (r + x) * function)
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + observed) / (alpha + recency)) ** (r + x)
    expected = if_alive / (1 + np.where(x > 0, odds, 0))
    assert PUBLISHED.expected_order_count(cdnow, days).to_numpy() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("orders", [1e2, 1e4, 1e7])
def test_many_orders_go_on_as_they_were_or_have_ended(orders: float) -> None:
    customers = histories((orders, 1e5, 1e5), (orders, 5e4, 1e5))
    assert TRUE.probability_alive(customers).to_list() == pytest.approx([1, 0], abs=0.02)
    assert TRUE.expected_order_count(customers, 30).to_list() == pytest.approx(
        [orders / 1e5 * 30, 0], rel=0.02, abs=1e-9
    )
    no_order = [math.exp(-orders / 1e5 * 30), 1]
    assert TRUE.probability_of_no_order(customers, 30).to_list() == pytest.approx(no_order, abs=0.02)


@pytest.mark.parametrize(("a", "b"), [(1, 2.4), (0.6, 0.4), (1, 1e-3), (1e-3, 1e3), (1e3, 1e3)])
@pytest.mark.parametrize("r", [1e-3, 0.3, 1e3])
def test_the_expected_orders_have_no_gap_where_the_formula_of_the_paper_has_one(
    r: float, a: float, b: float
) -> None:
    customers = histories((0, 0, 10), (1, 5, 10), (20, 9, 10))
    here, beside = (
        BgNbd(r, 4, a * nudge, b, math.nan).expected_order_count(customers, 30) for nudge in (1, 1 + 1e-7)
    )
    assert here.is_between(0, 30 * (r + 20)).all()
    assert_series_equal(here, beside, rel_tol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_each_row_has_its_own_value_whatever_stands_beside_it(cdnow: pl.DataFrame, method: str) -> None:
    some = cdnow.sample(50, seed=2)
    apart = pl.concat([predicted(PUBLISHED, row, method, 39) for row in some.iter_slices(1)])
    assert_series_equal(predicted(PUBLISHED, some, method, 39), apart)
    assert apart.name == method
    assert predicted(PUBLISHED, some.clear(), method, 39).is_empty()


GOOD = (2, 10, 20)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows; expected one per customer"),
        ([(0, 0, 10), (0, 0, 20)], "0 for all 2 customers; expected somebody who ordered again"),
    ],
)
def test_nobody_to_learn_from_is_an_error(rows: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_bg_nbd(histories(*rows))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((-1, 10, 20), "a whole repeat_order_count"),
        ((1.5, 10, 20), "a whole repeat_order_count"),
        ((math.nan, 10, 20), "a whole repeat_order_count"),
        ((None, 10, 20), "a whole repeat_order_count"),
        ((1, -10, 20), "recency_days from 0"),
        ((1, math.nan, 20), "recency_days from 0"),
        ((0, 0, -1), "observed_days from 0"),
        ((1, 10, math.inf), "observed_days from 0"),
        ((1, 10, None), "observed_days from 0"),
        ((1, 21, 20), "recency_days up to observed_days"),
        ((0, 10, 20), "recency_days of 0 for those without repeat orders"),
        ((1, 0, 20), "recency_days of 0 for those without repeat orders"),
    ],
)
def test_a_history_that_contradicts_itself_is_shown(row: tuple[Any, Any, Any], expected: str) -> None:
    message = f"1 of 2 rows, such as row 1 with repeat_order_count .*; expected {expected}"
    with pytest.raises(ValueError, match=message):
        fit_bg_nbd(histories(GOOD, row))
    for method in METHODS:
        with pytest.raises(ValueError, match=message):
            predicted(TRUE, histories(GOOD, row), method, 90)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(
        ValueError, match="histories lack recency_days; select repeat_order_count, recency_days"
    ):
        fit_bg_nbd(histories(GOOD).drop("recency_days"))


@pytest.mark.parametrize("days", [0, -1, math.nan, math.inf])
@pytest.mark.parametrize("method", METHODS[1:])
def test_looking_nowhere_ahead_is_an_error(method: str, days: float) -> None:
    with pytest.raises(ValueError, match="expected how far to look ahead"):
        predicted(TRUE, histories(GOOD), method, days)
