"""Tonight's look at the world that a version learned from: inputs and scores, and what came true of old ones.

On Sundays inputs and scores are compared, and the first 28 days after the day four weeks ago; on the last
night of a month also the newest month end whose horizon is over. After an alarm the model is trained anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from regulars.models.learning.contest import LOSSES, grade, loss_of_mean
from regulars.models.learning.examples import examples, past_as_of_dates
from regulars.models.learning.grading import Interval
from regulars.models.learning.matrix import matrix
from regulars.models.learning.model import Model
from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import customers_tonight
from regulars.models.learning.watch import SCORE, Watch
from regulars.models.predictions.versions import Standing, Tonight

Row = dict[str, Any]
# a fifth of the features beyond what any month showed is another shop
MOST_BEYOND = 0.2
# so much worse than it was graded, and by so many standard errors more, is no chance
WORSE, RARE_ERRORS = 1.1, 3.7
ALL = "all features"


def inputs_and_scores(
    watch: Watch, customers: pl.DataFrame, predicted: np.ndarray[Any, Any]
) -> Iterator[Row]:
    """One row per feature and statistic, one of all features together, and those of the score."""
    values = matrix(customers, watch.features)
    beyond = 0
    for index, name in enumerate(watch.features):
        reference = watch.references[name]
        column = np.asarray(values[:, index], dtype=np.float64)
        index_now, limit = reference.psi(column), watch.psi_limit(name, len(column))
        beyond += index_now > limit
        yield _row("inputs", name, "psi", index_now, limit)
        yield _row("inputs", name, "wasserstein", reference.wasserstein(column))
    share = beyond / max(len(watch.features), 1)
    yield _row("inputs", ALL, "share_beyond_limit", share, MOST_BEYOND, alarms=True)
    score = watch.references[SCORE]
    limit = watch.psi_limit(SCORE, len(predicted))
    yield _row("scores", SCORE, "psi", score.psi(predicted), limit, alarms=True)
    yield _row("scores", SCORE, "wasserstein", score.wasserstein(predicted))


def early_outcomes(watch: Watch, customers: pl.DataFrame, predicted: np.ndarray[Any, Any]) -> Iterator[Row]:
    """How the residuals of the first 28 days hang together with the features, and with which most."""
    limit = watch.residual_limit(customers.height)
    if limit is None or customers["early_outcome"].min() == customers["early_outcome"].max():
        return
    size, shift = watch.residual_shift(customers, predicted)
    yield _row("outcomes", ALL, "residual_shift", size, limit, alarms=True)
    farthest = int(np.argmax(np.abs(shift)))
    yield _row("outcomes", watch.features[farthest], "residual_shift", float(shift[farthest]))


def _row(  # noqa: PLR0913 (one parameter per column)
    kind: str, subject: str, statistic: str, value: float, limit: float | None = None, *, alarms: bool = False
) -> Row:
    return {
        "kind": kind,
        "subject": subject,
        "statistic": statistic,
        "value": value,
        "limit_value": limit,
        "is_alarm": alarms and limit is not None and bool(value > limit),
    }


def matured_outcomes(
    model: Model, predictor: Predictor, customers: pl.DataFrame, content: Mapping[str, Any]
) -> tuple[list[Row], list[Row]]:
    """Rows of drift and of metrics for customers of a past day whose horizon is over, scored as if then.

    The loss is divided by that of whoever says the mean of all, then as now, so that a season in which more
    happens is no drift. `content` is that of the version.
    """
    outcome = customers["outcome"].to_numpy()
    now = grade(predictor.method, predictor.predict(customers), outcome, model.figure)
    loss = LOSSES[model.figure].lower().replace(" ", "_")
    of_mean = loss_of_mean(model.figure, outcome)
    then = Interval(*content["grades"][content["method"]][loss])
    before = then.value / content["loss_of_mean"]
    chance = RARE_ERRORS * np.hypot(
        now.metrics[loss].standard_error / of_mean, WORSE * then.standard_error / content["loss_of_mean"]
    )
    value, limit = now.metrics[loss].value / of_mean, float(WORSE * before + chance)
    drift = [_row("outcomes", "matured", f"relative_{loss}", value, limit, alarms=True)]
    metrics = [
        {"metric": name, "value": of.value, "low": of.low, "high": of.high}
        for name, of in now.metrics.items()
    ]
    return drift, metrics


@dataclass
class Looks:
    """What tonight's looks found, as rows of the tables drift and model_metrics."""

    drift: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)


def look(tonight: Tonight, model: Model, standing: Standing, looks: Looks) -> None:
    """Add what there is to see of a model tonight: nothing on most nights, and of ungraded versions."""
    assert standing.predictor  # noqa: S101 (only who scores is looked at)
    assert standing.version  # noqa: S101
    content = tonight.registry.read(model.name, standing.version)
    if "watch" not in content:
        return
    named: Row = {"as_of_date": tonight.date, "model": model.name, "version": standing.version}
    watch = Watch.of_json(content["watch"])
    rows: list[Row] = []
    ((day,),) = tonight.connection.sql("select review_date from settings.night").fetchall()
    if day:
        then = _past_customers(tonight, model, watch, day)
        # who is no example yet cannot be compared with those learned from; four weeks later one knows
        customers = _active_customers(tonight, model, watch) if model.outcome.is_of_everybody else then
        if customers.height:
            rows += inputs_and_scores(watch, customers, standing.predictor.predict(customers))
        if watch.residuals and then.height:
            rows += early_outcomes(watch, then, standing.predictor.predict(then))
    seen = date.fromisoformat(content["calibrated_on"])
    if over := _newest_matured(tonight, model, after=seen):
        then = _past_customers(tonight, model, watch, over)
        if then["outcome"].n_unique() > 1:
            drift, metrics = matured_outcomes(model, standing.predictor, then, content)
            rows += drift
            looks.metrics += [
                named | {"method": standing.predictor.method, "graded_date": over} | metric
                for metric in metrics
            ]
    looks.drift += [named | row for row in rows]


def _active_customers(tonight: Tonight, model: Model, watch: Watch) -> pl.DataFrame:
    """Those of tonight of whom the model speaks; of very many a part."""
    frames = customers_tonight(tonight.connection, model, watch.features)
    return next(iter(frames)).filter("is_in_population")


def _past_customers(tonight: Tonight, model: Model, watch: Watch, day: date) -> pl.DataFrame:
    """Customers of a past day, with what came true of them."""
    return examples(tonight.connection, model, watch.features, [day])


def _newest_matured(tonight: Tonight, model: Model, *, after: date) -> date | None:
    """The newest month end whose horizon is over, if the version has not seen it."""
    wait = timedelta(days=model.over_after_days)
    past = past_as_of_dates(tonight.connection)
    return max((day for day in past if day > after and day + wait <= tonight.date), default=None)
