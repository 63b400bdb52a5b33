"""Trees against simpler rules on a later period that none saw: the best rule scores unless trees beat it.

All are fitted, calibrated and graded on the same customers. Trees win if the interval of the difference to
the best rule lies on their side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
import polars as pl

from regulars.models.learning.calibration import calibrate, scale
from regulars.models.learning.examples import Periods
from regulars.models.learning.grading import (
    HIGH_PCT,
    LOW_PCT,
    Floats,
    Interval,
    area_under_curve,
    log_losses,
    rank_correlation,
    reliability,
    resampled_mean,
    top_decile_lift,
    tweedie_losses,
)
from regulars.models.learning.predictors import Predictor, Rule

Figure = Literal["probability", "amount"]
# fits a rule on customers to learn from and those to choose by
Fit = Callable[[pl.DataFrame, pl.DataFrame], Rule]


@runtime_checkable
class Tunable(Protocol):
    """A way to fit a rule of which several are tried, by customers to choose by."""

    def __call__(self, learning: pl.DataFrame, choosing: pl.DataFrame, /) -> Rule:
        """The fitted rule."""

    def tuned(self, learning: pl.DataFrame, choosing: pl.DataFrame, *, trials: int) -> Self:
        """The best way of so many."""

    def as_json(self) -> dict[str, Any]:
        """What it has of its own."""


# of what happened and what was predicted, per customer
Metric = Callable[[Floats, Floats], float]
TREES = "trees"
SEED = 7
LOSSES = {"probability": "log loss", "amount": "Tweedie deviance"}
# fewer than of a mean, since each sorts the customers
SORTED_RESAMPLES = 100


@dataclass(frozen=True)
class Grade:
    """How one method did on the period that nobody saw."""

    method: str
    predicted: Floats
    losses: Floats
    metrics: Mapping[str, Interval]


@dataclass(frozen=True)
class Contest:
    """The grades of all methods, who scores from now on, and why."""

    grades: tuple[Grade, ...]
    champion: str
    reason: str
    outcome: Floats

    def grade(self, method: str) -> Grade:
        """The grade of a method."""
        return next(grade for grade in self.grades if grade.method == method)


def fitted(
    method: str, fit: Fit, figure: Figure, learning: pl.DataFrame, choosing: pl.DataFrame
) -> Predictor:
    """A method fitted on customers to learn from, and calibrated on those to choose by."""
    rule = fit(learning, choosing)
    raw, outcome = rule.raw(choosing), choosing["outcome"].to_numpy()
    return Predictor(
        method, rule, calibrate(raw, outcome) if figure == "probability" else scale(raw, outcome)
    )


def split(frame: pl.DataFrame, days: Periods) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The customers to learn from, to choose by, and to grade on."""
    return (
        frame.filter(pl.col("as_of_date").is_in(days.learning)),
        _of_day(frame, days.choosing),
        _of_day(frame, days.grading),
    )


def _of_day(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter(pl.col("as_of_date") == day)


def contest(predictors: Mapping[str, Predictor], figure: Figure, grading: pl.DataFrame) -> Contest:
    """Grade every method on `grading`, and let the best rule score unless trees beat it."""
    outcome = grading["outcome"].to_numpy()
    grades = tuple(
        grade(method, predictor.predict(grading), outcome, figure) for method, predictor in predictors.items()
    )
    best = min((one for one in grades if one.method != TREES), key=lambda one: float(one.losses.mean()))
    trees = next((one for one in grades if one.method == TREES), None)
    if trees is None:
        return Contest(grades, best.method, "no trees could be grown", outcome)
    difference = resampled_mean(best.losses - trees.losses, seed=SEED)
    said = (
        f"{LOSSES[figure]} on {len(outcome):,} customers of {grading['as_of_date'][0]}:"
        f" trees {trees.losses.mean():.4f}, {best.method} {best.losses.mean():.4f},"
        f" better by {difference.value:.4f} ({difference.low:.4f} to {difference.high:.4f})"
    )
    wins = difference.low > 0
    return Contest(
        grades,
        TREES if wins else best.method,
        said if wins else f"{said}: not surely better, so the rule scores",
        outcome,
    )


def losses_of(figure: Figure, outcome: Floats, predicted: Floats) -> Floats:
    """The loss of every prediction, by which methods are compared."""
    return (log_losses if figure == "probability" else tweedie_losses)(outcome, predicted)


def loss_of_mean(figure: Figure, outcome: Floats) -> float:
    """The mean loss of whoever says of everybody the mean of what happened."""
    return float(losses_of(figure, outcome, np.full(len(outcome), outcome.mean())).mean())


def grade(method: str, predicted: Floats, outcome: Floats, figure: Figure) -> Grade:
    """The losses of a method, and the metrics that people read."""
    losses = losses_of(figure, outcome, predicted)
    others: dict[str, Metric]
    if figure == "probability":
        means, others = {"log_loss": losses}, {"auc": area_under_curve}
    else:
        means = {"tweedie_deviance": losses, "mean_absolute_error": np.abs(outcome - predicted)}
        others = {"rank_correlation": rank_correlation}
    of_means = {name: resampled_mean(values, seed=SEED) for name, values in means.items()}
    return Grade(method, predicted, losses, of_means | resampled(others | SHARED, outcome, predicted))


def _calibration_error(outcome: Floats, predicted: Floats) -> float:
    return reliability(outcome, predicted).error


def _bias(outcome: Floats, predicted: Floats) -> float:
    """By which share of it the sum of what happened was predicted too high."""
    return float(predicted.sum() / outcome.sum() - 1) if outcome.sum() else float("nan")


# of both figures
SHARED: dict[str, Metric] = {
    "top_decile_lift": top_decile_lift,
    "calibration_error": _calibration_error,
    "bias": _bias,
}


def resampled(metrics: Mapping[str, Metric], outcome: Floats, predicted: Floats) -> dict[str, Interval]:
    """Metrics with their bootstrap intervals, all of the same resamples."""
    draws, count = np.random.default_rng(SEED), len(outcome)
    # every metric sorts by prediction, and what is sorted already is sorted in no time
    order = np.argsort(predicted, kind="stable")
    happened, rising = outcome[order], predicted[order]
    values = np.empty((SORTED_RESAMPLES, len(metrics)))
    for number in range(SORTED_RESAMPLES):
        times = np.bincount(draws.integers(0, count, count), minlength=count)[order]
        rows = np.repeat(np.arange(count), times)
        values[number] = [metric(happened[rows], rising[rows]) for metric in metrics.values()]
    return {
        name: _interval(metric(outcome, predicted), values[:, place])
        for place, (name, metric) in enumerate(metrics.items())
    }


def _interval(value: float, resamples: Floats) -> Interval:
    known = resamples[~np.isnan(resamples)]
    low, high = np.percentile(known, [LOW_PCT, HIGH_PCT]) if len(known) else (np.nan, np.nan)
    return Interval(value, float(low), float(high))
