"""Training one model on a night: a contest of methods, and its winner fitted once more on newer customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from regulars.models.learning.calibration import AS_IT_IS
from regulars.models.learning.contest import (
    TREES,
    Contest,
    Fit,
    Tunable,
    contest,
    fitted,
    loss_of_mean,
    split,
)
from regulars.models.learning.examples import Periods, examples, later_periods, past_as_of_dates, periods
from regulars.models.learning.grading import Floats, reliability
from regulars.models.learning.matrix import features_hash, infinite
from regulars.models.learning.model import WITH_ORDERS, Model
from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.watch import watch_of

if TYPE_CHECKING:
    import duckdb


# with more, trees know the customers that they learned from hardly better than others
FEW_ROWS = 100_000


@dataclass(frozen=True)
class Trained:
    """What a training came to: who scores from now on, how all did, and the customers it learned from.

    `unseen` has log-odds of these customers by trees that had not seen them, `parameters` those of trees that
    were tried and found best.
    """

    champion: Predictor
    result: Contest
    grading: pl.DataFrame
    graded: Periods
    fitted: Periods
    rows: int
    learned_from: pl.DataFrame
    notes: tuple[str, ...]
    unseen: Floats | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class TooLittleError(Exception):
    """History holds too little to learn from; the message says what is missing."""


def train(
    connection: "duckdb.DuckDBPyConnection",
    model: Model,
    features: Sequence[str],
    *,
    tonight: date,
    trials: int = 0,
) -> Trained:
    """Grade every method of `model` on the newest period that is over, and fit the winner up to it.

    With `trials` so many ways to grow trees are tried, and the best for the customers to choose by is graded.

    Raises:
        TooLittleError: There are no three as-of days a horizon apart, or too few customers or outcomes.
    """
    days = periods(past := past_as_of_dates(connection), tonight, model.over_after_days)
    if days is None:
        raise TooLittleError(
            f"no three ends of months lie {model.over_after_days} days apart and are over;"
            f" there are {len(past)} from {min(past, default=None)} to {max(past, default=None)}"
        )
    frame = examples(connection, model, features, [day for day in past if day <= days.grading])
    _check_is_enough(model, frame)
    learning, choosing, grading = split(frame, days)
    for day, customers in ((days.choosing, choosing), (days.grading, grading), (days.learning[-1], learning)):
        if customers["outcome"].n_unique() < 2:  # noqa: PLR2004 (two are needed to tell apart)
            raise TooLittleError(f"{customers.height} customers of {day} have one outcome or none")
    methods = model.methods(features, lambda: _with_orders(connection, model, days.learning[-1]))
    tuned = _tuned(methods, learning, choosing, trials=trials)
    predictors, notes = _fitted(dict(methods) | tuned, model, learning, choosing)
    result = contest(predictors, model.figure, grading)
    later = later_periods(days, past, model.over_after_days)
    learned_from, unseen = frame.filter(pl.col("as_of_date").is_in(later.learning)), None
    methods = model.methods(features, lambda: _with_orders(connection, model, later.learning[-1]))
    fit = tuned.get(result.champion, methods[result.champion])
    try:
        champion = fitted(result.champion, fit, model.figure, learned_from, grading)
        if result.champion == TREES and learned_from.height < FEW_ROWS and model.figure == "probability":
            unseen = _of_unseen(fit, learned_from, grading)
    except ValueError as error:
        notes = (*notes, f"{result.champion} could not be fitted to newer customers: {error}")
        champion, later, learned_from = predictors[result.champion], days, learning
    notes = (*notes, *_unknown(frame, features))
    parameters = {name: value for one in tuned.values() for name, value in one.as_json().items()}
    if parameters:
        notes = (*notes, f"trees are the best of {trials} trials")
    return Trained(
        champion, result, grading, days, later, frame.height, learned_from, notes, unseen, parameters
    )


def _unknown(frame: pl.DataFrame, features: Sequence[str]) -> tuple[str, ...]:
    """What of the features counted as unknown though there was a value."""
    return tuple(
        f"feature {name} is infinite for {count:,} of {frame.height:,} examples, and counts as unknown"
        for name, count in infinite(frame, features).items()
    )


def _tuned(
    methods: Mapping[str, Fit], learning: pl.DataFrame, choosing: pl.DataFrame, *, trials: int
) -> dict[str, Tunable]:
    """The best way of so many to grow trees, never asked about customers to grade on; none without trials."""
    fit = methods.get(TREES)
    if not trials or not isinstance(fit, Tunable):
        return {}
    try:
        return {TREES: fit.tuned(learning, choosing, trials=trials)}
    except ValueError:
        # no trees can be grown of these customers, and whoever fits them says why
        return {}


def _of_unseen(fit: Fit, learned_from: pl.DataFrame, choosing: pl.DataFrame) -> Floats:
    """Log-odds of each half of the customers by a rule that was fitted on the other."""
    is_odd = (learned_from["customer_id"].rank("dense") % 2 == 1).to_numpy()
    raw = np.empty(learned_from.height)
    for half in (is_odd, ~is_odd):
        raw[half] = fit(learned_from.filter(~half), choosing).raw(learned_from.filter(half))
    return raw


def _check_is_enough(model: Model, frame: pl.DataFrame) -> None:
    if frame.height < model.least_examples:
        raise TooLittleError(f"{frame.height:,} examples of {model.least_examples:,} needed")
    with_it = frame.filter(pl.col("outcome") > 0).height
    fewer = min(with_it, frame.height - with_it)
    if fewer < model.least_outcomes:
        raise TooLittleError(
            f"{fewer:,} of {frame.height:,} examples have the rarer outcome; {model.least_outcomes:,} needed"
        )


def _with_orders(connection: "duckdb.DuckDBPyConnection", model: Model, day: date) -> pl.DataFrame:
    return examples(connection, replace(model, population=WITH_ORDERS), (), [day])


def _fitted(
    methods: Mapping[str, Fit], model: Model, learning: pl.DataFrame, choosing: pl.DataFrame
) -> tuple[dict[str, Predictor], tuple[str, ...]]:
    """Every method that could be fitted, and what became of the others."""
    predictors, notes = {}, []
    for method, fit in methods.items():
        try:
            predictors[method] = fitted(method, fit, model.figure, learning, choosing)
        except ValueError as error:
            notes.append(f"{method} could not be fitted: {error}")
    if not predictors.keys() - {TREES}:
        raise TooLittleError("; ".join(notes))
    return predictors, tuple(notes)


def untested(
    connection: "duckdb.DuckDBPyConnection", model: Model, features: Sequence[str], day: date
) -> dict[str, Any] | None:
    """A version by the rule that needs no outcomes; None where the model has none, or it cannot be fitted."""
    if not model.untested:
        return None
    customers = _with_orders(connection, model, day)
    try:
        rule = model.methods(features, lambda: customers)[model.untested](customers, customers)
    except ValueError:
        return None
    return _told(model, Predictor(model.untested, rule, AS_IT_IS), features)


def _told(model: Model, champion: Predictor, features: Sequence[str]) -> dict[str, Any]:
    """What is needed to predict again."""
    return {
        "model": model.name,
        "method": champion.method,
        "rule": {"kind": champion.rule.kind} | champion.rule.as_json(),
        "calibration": champion.calibration.as_json(),
        "horizon_days": model.horizon_days,
        "population": model.population,
        "about": model.about,
        "features": list(features),
        "features_hash": features_hash(features),
    }


def _asked_for(champion: Predictor, features: Sequence[str]) -> Sequence[str]:
    """The features that the trees of a champion ask for; of a rule all are watched."""
    return champion.rule.boosted.features if isinstance(champion.rule, Trees) else features


def as_json(model: Model, trained: Trained, features: Sequence[str]) -> dict[str, Any]:
    """A version as it is kept."""
    champion, result = trained.champion, trained.result
    groups = reliability(result.outcome, result.grade(result.champion).predicted)
    return _told(model, champion, features) | {
        "learned_from": [day.isoformat() for day in trained.fitted.learning],
        "calibrated_on": trained.fitted.choosing.isoformat(),
        "graded_on": trained.graded.grading.isoformat(),
        "watch": watch_of(
            champion, _asked_for(champion, features), trained.learned_from, unseen=trained.unseen
        ).as_json(),
        "rows": trained.rows,
        "reason": result.reason,
        "notes": list(trained.notes),
        **({"parameters": trained.parameters} if trained.parameters else {}),
        "grades": {
            grade.method: {name: list(interval.known) for name, interval in grade.metrics.items()}
            for grade in result.grades
        },
        "loss_of_mean": loss_of_mean(model.figure, result.outcome),
        "reliability": {
            "counts": groups.counts.tolist(),
            "predicted": groups.predicted.tolist(),
            "observed": groups.observed.tolist(),
        },
    }
