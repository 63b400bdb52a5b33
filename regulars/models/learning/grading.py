"""How well predictions hold on a period that nobody learned from.

A grade is a mean of losses per customer, so that two models are compared customer by customer, and a
bootstrap over customers says how sure the difference is.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import isnan

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TWEEDIE_POWER = 1.5
DECILES = 10
RESAMPLES = 500
LOW_PCT, HIGH_PCT = 2.5, 97.5
# of a normal figure these percentiles are so many standard errors off
NORMAL_BOUND = 1.96
SMALLEST_PROBABILITY = 1e-6
SMALLEST_SHARE = 0.01


@dataclass(frozen=True)
class Interval:
    """A figure, and the bounds between which 95 of 100 resamples of the customers have it."""

    value: float
    low: float
    high: float

    @property
    def standard_error(self) -> float:
        """That of the figure, if it is normal."""
        return (self.high - self.low) / (2 * NORMAL_BOUND)

    @property
    def known(self) -> tuple[float | None, float | None, float | None]:
        """Value, low and high; None where there is none, since neither JSON nor an average knows NaN."""
        value, low, high = (None if isnan(one) else one for one in (self.value, self.low, self.high))
        return value, low, high


def log_losses(outcome: Floats, probability: Floats) -> Floats:
    """The log loss of every prediction: 0 for a sure and right one."""
    sure = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.asarray(-(outcome * np.log(sure) + (1 - outcome) * np.log1p(-sure)))


def tweedie_losses(outcome: Floats, amount: Floats) -> Floats:
    """The Tweedie deviance, power 1.5, of every predicted amount: least where a mean is predicted.

    It suits amounts that are often 0 and sometimes large (Jørgensen 1987), of which squares see the largest
    only, and absolute errors praise whoever predicts 0. A prediction counts as at least a hundredth of the
    mean outcome, because 0 can never be wrong by little.
    """
    mean, power = np.maximum(amount, SMALLEST_SHARE * max(outcome.mean(), 1e-9)), TWEEDIE_POWER
    return np.asarray(
        2
        * (
            outcome ** (2 - power) / ((1 - power) * (2 - power))
            - outcome * mean ** (1 - power) / (1 - power)
            + mean ** (2 - power) / (2 - power)
        )
    )


def resampled_mean(values: Floats, *, seed: int) -> Interval:
    """The mean of `values` with its bootstrap interval; each value is one customer's."""
    # no `@`, whose sum depends on how many threads share it
    means = [(weights * values).sum() / max(weights.sum(), 1) for weights in _weights(len(values), seed)]
    low, high = np.percentile(means, [LOW_PCT, HIGH_PCT])
    return Interval(float(values.mean()), float(low), float(high))


@lru_cache(maxsize=1)
def _weights(count: int, seed: int) -> NDArray[np.uint8]:
    """How often each of so many customers is in each resample: a Poisson draw, so that no index is gathered.

    Kept, because all methods are graded on the same customers, and to draw takes ten times as long as to use.
    """
    draws = np.random.default_rng(seed)
    return np.stack([draws.poisson(1.0, count).astype(np.uint8) for _ in range(RESAMPLES)])


def area_under_curve(outcome: Floats, score: Floats) -> float:
    """The chance that a customer with the outcome has a higher score than one without; ties count half.

    Not a number where all customers have one outcome.
    """
    with_outcome = outcome > 0
    positives, negatives = int(with_outcome.sum()), int((~with_outcome).sum())
    if not positives or not negatives:
        return float("nan")
    rank_sum = mean_ranks(score)[with_outcome].sum()
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, ties at their mean rank; not a number where one of both is constant."""
    ranks = [mean_ranks(values) for values in (one, other)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    first, second = (rank - rank.mean() for rank in ranks)
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


def mean_ranks(values: Floats) -> Floats:
    """The rank of every value from 1; equal ones have the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray(np.take(last - (count - 1) / 2, place), dtype=np.float64)


def top_decile_lift(outcome: Floats, score: Floats) -> float:
    """The mean outcome of the tenth with the highest scores, divided by that of all."""
    count = max(len(score) // DECILES, 1)
    top = np.argsort(-score, kind="stable")[:count]
    overall = outcome.mean()
    return float(outcome[top].mean() / overall) if overall else float("nan")


@dataclass(frozen=True)
class Reliability:
    """Tenths of the customers by prediction: how many, what was predicted on average, and what happened."""

    counts: Floats
    predicted: Floats
    observed: Floats

    @property
    def error(self) -> float:
        """The mean distance between predicted and observed, over customers."""
        return float(np.average(np.abs(self.predicted - self.observed), weights=self.counts))


def reliability(outcome: Floats, predicted: Floats) -> Reliability:
    """Customers in ten groups of equal size, by rising prediction."""
    groups = [group for group in np.array_split(np.argsort(predicted, kind="stable"), DECILES) if len(group)]
    return Reliability(
        counts=np.array([len(group) for group in groups], dtype=np.float64),
        predicted=np.array([predicted[group].mean() for group in groups]),
        observed=np.array([outcome[group].mean() for group in groups]),
    )
