"""Gamma-gamma on the customers of its note (`conftest` says where they are from) and on made up ones."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import gammaln

from regulars.models.baselines.gamma_gamma import GammaGamma, fit_gamma_gamma

PUBLISHED = GammaGamma(p=6.25, q=3.74, v=15.44, log_likelihood=math.nan)


def histories(*rows: tuple[float | None, float | None]) -> pl.DataFrame:
    schema = {"order_count": pl.Float64, "mean_order_amount": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def parameters(model: GammaGamma) -> list[float]:
    return [model.p, model.q, model.v]


@pytest.fixture(scope="session")
def repeat_buyers(cdnow: pl.DataFrame) -> pl.DataFrame:
    return cdnow.rename({"repeat_order_count": "order_count"}).filter(pl.col("order_count") > 0)


def test_the_published_customers_have_the_published_parameters(repeat_buyers: pl.DataFrame) -> None:
    """Their amounts are rounded to cents here."""
    assert len(repeat_buyers) == 946
    assert parameters(fit_gamma_gamma(repeat_buyers)) == pytest.approx(parameters(PUBLISHED), abs=0.01)


def test_the_likelihood_of_groups_is_that_of_each_customer_by_the_formula_of_the_note(
    repeat_buyers: pl.DataFrame,
) -> None:
    model = fit_gamma_gamma(repeat_buyers)
    p, q, v = parameters(model)
    x, amount = (repeat_buyers[column].to_numpy() for column in ("order_count", "mean_order_amount"))
    likelihood = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(amount)
        + p * x * np.log(x)
        - (p * x + q) * np.log(x * amount + v)
    )
    assert model.log_likelihood == pytest.approx(likelihood.sum(), rel=1e-12)


def test_the_unit_of_money_changes_nothing_but_v(repeat_buyers: pl.DataFrame) -> None:
    dollars = fit_gamma_gamma(repeat_buyers)
    cents = fit_gamma_gamma(repeat_buyers.with_columns(pl.col("mean_order_amount") * 100))
    assert parameters(cents) == pytest.approx([dollars.p, dollars.q, 100 * dollars.v], rel=1e-6)
    densities = len(repeat_buyers) * math.log(100)
    assert cents.log_likelihood == pytest.approx(dollars.log_likelihood - densities, rel=1e-12)


def test_the_order_of_the_rows_changes_nothing_at_all(repeat_buyers: pl.DataFrame) -> None:
    shuffled = repeat_buyers.sample(fraction=1, shuffle=True, seed=1)
    assert fit_gamma_gamma(shuffled) == fit_gamma_gamma(repeat_buyers)


def made_up(p: float, q: float, v: float) -> tuple[pl.DataFrame, pl.Series]:
    """50,000 customers with one to ten orders, and what an order of each is really worth on average."""
    draws, customers = np.random.default_rng(11), 50_000
    rate = draws.gamma(q, 1 / v, customers)
    orders = draws.integers(1, 11, customers)
    amount = draws.gamma(p * orders, 1 / rate) / orders
    return pl.DataFrame({"order_count": orders, "mean_order_amount": amount}), pl.Series(p / rate)


@pytest.mark.parametrize("truth", [(6.25, 3.74, 15.44), (0.8, 5, 100), (2, 2.5, 1)])
def test_the_parameters_of_made_up_customers_are_found_again(truth: tuple[float, float, float]) -> None:
    frame, _ = made_up(*truth)
    assert parameters(fit_gamma_gamma(frame)) == pytest.approx(truth, rel=0.05)


@pytest.mark.parametrize(("fewest", "most"), [(1, 1), (2, 5), (6, 10)])
def test_what_is_expected_is_what_an_order_is_worth_on_average(fewest: int, most: int) -> None:
    frame, worth = made_up(6.25, 5, 15.44)
    errors = (worth - GammaGamma(6.25, 5, 15.44, math.nan).expected_order_amount(frame)).filter(
        frame["order_count"].is_between(fewest, most)
    )
    values = errors.to_numpy()
    assert abs(values.mean()) <= 4 * values.std() / math.sqrt(len(values))


def test_customers_who_spend_alike_are_worth_the_mean_of_all() -> None:
    draws = np.random.default_rng(5)
    orders = draws.integers(1, 9, 5_000)
    amount = draws.gamma(2 * orders) / orders * 20
    alike = pl.DataFrame({"order_count": orders, "mean_order_amount": amount})
    expected = fit_gamma_gamma(alike).expected_order_amount(alike).to_numpy()
    assert expected == pytest.approx(np.full(5_000, 40.0), rel=0.05)


@pytest.mark.parametrize("amount", [None, 0.0, math.nan, 99.0])
def test_who_never_came_back_is_worth_the_mean_of_the_population(amount: float | None) -> None:
    expected = PUBLISHED.expected_order_amount(histories((0, amount))).to_list()
    assert expected == pytest.approx([6.25 * 15.44 / 2.74], rel=1e-12)


def test_the_more_orders_the_nearer_to_the_customers_own_mean() -> None:
    counts = (1, 2, 10, 1000)
    expected = PUBLISHED.expected_order_amount(histories(*((count, 100) for count in counts)))
    assert expected.is_sorted()
    assert expected.is_between(6.25 * 15.44 / 2.74, 100).all()
    assert expected[-1] == pytest.approx(100, rel=1e-3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows; expected one per customer"),
        ([(1, 20), (0, None)], "order_count 0.0, .*; expected order_count from 1: leave out"),
    ],
)
def test_customers_without_repeat_orders_are_not_learned_from(rows: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_gamma_gamma(histories(*rows))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((-1, 20), "a whole order_count"),
        ((1.5, 20), "a whole order_count"),
        ((math.nan, 20), "a whole order_count"),
        ((None, 20), "a whole order_count"),
        ((1, 0), "mean_order_amount above 0"),
        ((1, -20), "mean_order_amount above 0"),
        ((1, math.nan), "mean_order_amount above 0"),
        ((1, None), "mean_order_amount above 0"),
    ],
)
def test_a_history_that_contradicts_itself_is_shown(row: tuple[Any, Any], expected: str) -> None:
    for method in (fit_gamma_gamma, PUBLISHED.expected_order_amount):
        with pytest.raises(
            ValueError, match=f"1 of 2 rows, such as row 1 with order_count .*; expected {expected}"
        ):
            method(histories((2, 20), row))


def test_amounts_without_a_mean_are_an_error() -> None:
    frame, _ = made_up(2, 0.7, 10)
    with pytest.raises(ValueError, match=r"q is 0\.7.* and they have no mean; expected q above 1"):
        fit_gamma_gamma(frame)
