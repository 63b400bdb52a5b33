"""BG/NBD: how often a customer orders, and after which order they silently leave.

While a customer is there they order at random, `rate` times a day, and after each repeat order they leave
for good with probability `leaving`. Customers differ: `rate` follows a gamma distribution of shape r and rate
alpha, `leaving` a beta distribution of a and b, independently of each other.

Source: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD
Model, Marketing Science 24(2).
Not here: what an order is worth (`gamma_gamma`).
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from regulars.models.baselines.histories import check_anybody, checked_histories
from regulars.models.baselines.maximum_likelihood import LEAST, MOST, Floats, maximise, weighted_sum

COLUMNS = ("repeat_order_count", "recency_days", "observed_days")
ORDERS, RECENCY, OBSERVED = (pl.col(column) for column in COLUMNS)
RULES = {
    "a whole repeat_order_count from 0": (ORDERS.is_finite() & (ORDERS >= 0) & (ORDERS.floor() == ORDERS)),
    "recency_days from 0": RECENCY.is_finite() & (RECENCY >= 0),
    "observed_days from 0": OBSERVED.is_finite() & (OBSERVED >= 0),
    "recency_days up to observed_days: leave out orders after the as-of day": RECENCY <= OBSERVED,
    "recency_days of 0 for those without repeat orders, and for nobody else: count days with orders": (
        (ORDERS > 0).eq(RECENCY > 0)
    ),
}
# how much of a sum may be left out
PRECISION = 1e-12


class _Histories(NamedTuple):
    """One item of each array a customer, or a group of customers who are alike."""

    orders: Floats
    recency: Floats
    observed: Floats


class _Population(NamedTuple):
    """Groups of customers who are alike, and their share of all.

    `share_above` is the share of those with more than 0, 1, 2 and so on repeat orders.
    """

    customers: _Histories
    share: Floats
    share_above: Floats

    def in_units_of(self, time: float) -> "_Population":
        orders, recency, observed = self.customers
        return self._replace(customers=_Histories(orders, recency / time, observed / time))


@dataclass(frozen=True)
class BgNbd:
    """The parameters of a population, and the log likelihood of the histories they were learned from.

    `alpha` is in the unit of time of those histories, and so is every history that a method takes: columns
    repeat_order_count (days with orders after the first), recency_days (first to last order) and
    observed_days (first order to the as-of day). Methods give one value per row, in the order of the rows.
    They raise a ValueError that names the row if a history contradicts itself.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def probability_alive(self, histories: pl.DataFrame) -> pl.Series:
        """The probability that a customer has not left by the as-of day; 1 for those who never came back."""
        return pl.Series("probability_alive", self._alive(_arrays(_checked(histories))))

    def expected_order_count(self, histories: pl.DataFrame, days: float) -> pl.Series:
        """How many days with orders to expect in the `days` after the as-of day.

        Formula (10) of the source as a sum: the probability that n orders fall due, times how many of n a
        customer stays for. No term of it is below 0, whereas the formula's hypergeometric function gets lost
        where customers are nearly alike, and the formula divides by 0 at a = 1.
        """
        customers = _arrays(_checked(histories))
        if_alive = _expected_if_alive(
            self.r + customers.orders,
            _checked_days(days) / (self.alpha + customers.observed + days),
            a=self.a,
            b=self.b + customers.orders,
        )
        return pl.Series("expected_order_count", self._alive(customers) * if_alive)

    def probability_of_no_order(self, histories: pl.DataFrame, days: float) -> pl.Series:
        """The probability of no order in the `days` after the as-of day.

        Who is alive leaves only after a next order, so until then nothing but the rate matters. Its posterior
        for the living is a gamma distribution of shape r + x and rate alpha + T, with x repeat orders in T
        days, and no order in t days has the mean of exp(-rate t): ((alpha + T) / (alpha + T + t))^(r + x).
        Who is not alive orders no more.
        """
        customers = _arrays(_checked(histories))
        waiting = np.log1p(_checked_days(days) / (self.alpha + customers.observed))
        orders_if_alive = -np.expm1(-(self.r + customers.orders) * waiting)
        return pl.Series("probability_of_no_order", 1 - self._alive(customers) * orders_if_alive)

    def _alive(self, customers: _Histories) -> Floats:
        parameters = np.array([self.r, self.alpha, self.a, self.b])
        return np.asarray(expit(-_log_odds_of_having_left(parameters, customers)), dtype=np.float64)


def fit_bg_nbd(histories: pl.DataFrame) -> BgNbd:
    """The BG/NBD model under which `histories` are likeliest.

    Args:
        histories: One row per customer, with repeat_order_count, recency_days and observed_days as `BgNbd`
            describes them. Any unit of time will do, as long as it is one.

    Raises:
        ValueError: No rows, a history that contradicts itself, nobody with a repeat order, or no maximum.
    """
    checked = _checked(histories)
    check_anybody(checked, COLUMNS[0])
    population = _population(checked)
    unit = weighted_sum(population.share, population.customers.observed)
    # r and alpha may run away together, and alpha is the one that depends on the unit
    bounds = [(LEAST, MOST), (LEAST**2, MOST**2), (LEAST, MOST), (LEAST, MOST)]
    scaled = maximise(partial(_mean_log_likelihood, population.in_units_of(unit)), bounds)
    parameters = scaled * [1, unit, 1, 1]
    mean, _ = _mean_log_likelihood(population, parameters)
    r, alpha, a, b = parameters.tolist()
    return BgNbd(r, alpha, a, b, log_likelihood=mean * len(checked))


def _population(histories: pl.DataFrame) -> _Population:
    # sorted, because sums of floats depend on the order
    groups = histories.group_by(COLUMNS).agg(share=pl.len() / len(histories)).sort(COLUMNS)
    customers, share = _arrays(groups), groups["share"].to_numpy()
    share_from = np.bincount(customers.orders.astype(np.int64), share)[::-1].cumsum()[::-1]
    return _Population(customers, share, share_from[1:])


def _mean_log_likelihood(population: _Population, parameters: Floats) -> tuple[float, Floats]:
    """The log likelihood per customer, formula (6) of the source, and its derivatives by r, alpha, a, b."""
    of_counts, counts_slope = _part_of_counts(parameters, population.share_above)
    of_times, times_slope = _part_of_times(parameters, population.customers, population.share)
    return of_counts + of_times, counts_slope + times_slope


def _part_of_counts(parameters: Floats, share_above: Floats) -> tuple[float, Floats]:
    """The quotients of gamma and beta functions, as sums over orders that lose nothing to rounding."""
    r, _, a, b = parameters
    earlier = np.arange(len(share_above))
    value = weighted_sum(share_above, np.log(r + earlier) - np.log1p(a / (b + earlier)))
    by_r = weighted_sum(share_above, 1 / (r + earlier))
    by_a = -weighted_sum(share_above, 1 / (a + b + earlier))
    by_b = weighted_sum(share_above, 1 / (b + earlier)) + by_a
    return value, np.array([by_r, 0, by_a, by_b])


def _part_of_times(parameters: Floats, customers: _Histories, share: Floats) -> tuple[float, Floats]:
    """What depends on when the last order was and how long the customer was observed."""
    r, alpha, a, b = parameters
    until_last, until_end = alpha + customers.recency, alpha + customers.observed
    shape, log_odds = r + customers.orders, _log_odds_of_having_left(parameters, customers)
    log_end, left = np.log(until_end), expit(log_odds)
    waiting = np.log1p(customers.observed / alpha)
    value = weighted_sum(share, np.logaddexp(0, log_odds) - r * waiting - customers.orders * log_end)
    by_r = weighted_sum(share, left * (log_end - np.log(until_last)) - waiting)
    by_alpha = r / alpha - weighted_sum(share, shape * ((1 - left) / until_end + left / until_last))
    by_a = weighted_sum(share, left) / a
    by_b = -weighted_sum(share, left / (b + np.maximum(customers.orders, 1) - 1))
    return value, np.array([by_r, by_alpha, by_a, by_b])


def _log_odds_of_having_left(parameters: Floats, customers: _Histories) -> Floats:
    """Minus infinity without repeat orders, for one leaves only after one of them."""
    r, alpha, a, b = parameters
    silence = np.log1p((customers.observed - customers.recency) / (alpha + customers.recency))
    log_odds = np.log(a / (b + np.maximum(customers.orders, 1) - 1)) + (r + customers.orders) * silence
    return np.where(customers.orders > 0, log_odds, -np.inf)


def _expected_if_alive(shape: Floats, chance: Floats, *, a: float, b: Floats) -> Floats:
    """The orders of a customer who is alive now.

    Args:
        shape: Of the negative binomial distribution of the orders that fall due while somebody stays.
        chance: The other parameter of that distribution: the time to come, as a part of all time.
        a: Of the beta distribution of leaving.
        b: Of the beta distribution of leaving.
    """
    expected, row = np.zeros(len(shape)), np.arange(len(shape))
    # the logarithm, because the probability of one order underflows where hundreds are due
    log_probability = shape * np.log1p(-chance) + np.log(shape * chance)
    stayed_for, staying = np.ones(len(shape)), b / (a + b)
    due = 0
    while len(row):
        due += 1
        terms = np.exp(log_probability) * stayed_for
        expected[row] += terms
        # every later term is at most this many times the one before
        growth = chance * (shape + due) / due
        goes_on = (growth >= 1) | (terms > PRECISION * (1 - growth) * expected[row])
        log_probability += np.log(chance * (shape + due) / (due + 1))
        stayed_for = stayed_for + staying
        staying = staying * (b + due) / (a + b + due)
        row, shape, chance, b = row[goes_on], shape[goes_on], chance[goes_on], b[goes_on]
        log_probability, stayed_for, staying = log_probability[goes_on], stayed_for[goes_on], staying[goes_on]
    return expected


def _checked(histories: pl.DataFrame) -> pl.DataFrame:
    return checked_histories(histories, COLUMNS, RULES)


def _checked_days(days: float) -> float:
    if not 0 < days < np.inf:
        raise ValueError(f"days is {days}; expected how far to look ahead, above 0")
    return days


def _arrays(histories: pl.DataFrame) -> _Histories:
    return _Histories(*(histories[column].to_numpy() for column in COLUMNS))
