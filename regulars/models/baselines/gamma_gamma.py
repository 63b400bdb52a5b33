"""Gamma-gamma: what a customer's next orders are worth on average, when few were seen.

Amounts of a customer's orders follow a gamma distribution of shape p and a rate of the customer's own, and
rates follow a gamma distribution of shape q and rate v over customers. How much somebody spends is assumed
not to depend on how often they order.

Source: Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value.
Not here: how many orders there will be (`bg_nbd`).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from scipy.special import betaln, digamma

from regulars.models.baselines.histories import check_anybody, checked_histories
from regulars.models.baselines.maximum_likelihood import LEAST, MOST, Floats, maximise, weighted_sum

COLUMNS = ("order_count", "mean_order_amount")
ORDERS, AMOUNT = (pl.col(column) for column in COLUMNS)
COUNTED = {
    "a whole order_count from 0": ORDERS.is_finite() & (ORDERS >= 0) & (ORDERS.floor() == ORDERS),
    "mean_order_amount above 0 for those with repeat orders": (
        (ORDERS == 0) | (AMOUNT.is_finite() & (AMOUNT > 0))
    ),
}
REPEATED = {"order_count from 1: leave out those without repeat orders": ORDERS >= 1}


@dataclass(frozen=True)
class GammaGamma:
    """The parameters of a population, and the log likelihood of the amounts they were learned from.

    `v` is in the unit of money of those amounts; `q` is above 1, for otherwise there is no mean.
    """

    p: float
    q: float
    v: float
    log_likelihood: float

    def expected_order_amount(self, histories: pl.DataFrame) -> pl.Series:
        """What an order of each customer is worth on average, in the order of the rows.

        It lies between the customer's own mean and that of the population, p v / (q - 1), and the nearer to
        their own the more orders they have; without any it is that of the population.

        Args:
            histories: order_count (repeat orders, from 0) and mean_order_amount (above 0, not read where
                order_count is 0).

        Raises:
            ValueError: A count that is none, or repeat orders without an amount above 0.
        """
        orders, amount = _arrays(checked_histories(histories, COLUMNS, COUNTED))
        spent = np.where(orders > 0, orders * amount, 0)
        return pl.Series("expected_order_amount", self.p * (self.v + spent) / (self.p * orders + self.q - 1))


def fit_gamma_gamma(histories: pl.DataFrame) -> GammaGamma:
    """The gamma-gamma model under which the mean amounts of `histories` are likeliest.

    Args:
        histories: One row per customer with repeat orders: order_count (of them) and mean_order_amount (above
            0).

    Raises:
        ValueError: No rows, a count below 1, an amount that is not above 0, no maximum, or amounts so uneven
            that q is 1 or less: they have no mean, and an estimate of one would be made up.
    """
    checked = checked_histories(histories, COLUMNS, COUNTED | REPEATED)
    check_anybody(checked, COLUMNS[0])
    # sorted, because sums of floats depend on the order
    groups = checked.group_by(COLUMNS).agg(share=pl.len() / len(checked)).sort(COLUMNS)
    (orders, amount), share = _arrays(groups), groups["share"].to_numpy()
    unit = weighted_sum(share, amount)
    # q and v may run away together, and v is the one that depends on the unit
    bounds = [(LEAST, MOST), (LEAST, MOST), (LEAST**2, MOST**2)]
    objective = partial(_mean_log_likelihood, orders=orders, share=share)
    parameters = maximise(partial(objective, amount=amount / unit), bounds) * [1, 1, unit]
    p, q, v = parameters.tolist()
    if q <= 1:
        raise ValueError(
            f"amounts are so uneven that q is {q:.3g} and they have no mean; "
            "expected q above 1: look for outliers among the amounts, or cap them"
        )
    mean, _ = objective(parameters, amount=amount)
    return GammaGamma(p, q, v, log_likelihood=mean * len(checked))


def _mean_log_likelihood(
    parameters: Floats, *, orders: Floats, amount: Floats, share: Floats
) -> tuple[float, Floats]:
    """The log likelihood per customer, and its derivatives by p, q and v; equation (1a) of the source."""
    p, q, v = parameters
    spent = orders * amount
    log_own, log_others = np.log(spent / (v + spent)), np.log1p(spent / v)
    value = p * orders * log_own - np.log(amount) - q * log_others - betaln(p * orders, q)
    both = digamma(p * orders + q)
    by_p = weighted_sum(share, orders * (both - digamma(p * orders) + log_own))
    by_q = weighted_sum(share, both - digamma(q) - log_others)
    by_v = weighted_sum(share, (q * spent / v - p * orders) / (v + spent))
    return weighted_sum(share, value), np.array([by_p, by_q, by_v])


def _arrays(histories: pl.DataFrame) -> tuple[Floats, Floats]:
    orders, amount = (histories[column].to_numpy() for column in COLUMNS)
    return orders, amount
