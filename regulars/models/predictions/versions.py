"""Which version of each model scores tonight: last night's, an earlier one, or one trained tonight.

A version is `champion` while it scores, `challenger` if it was trained and found worse than the champion,
`retired` once another scores. A model that may not speak has one row that says why, with status `off`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from regulars.models.learning.contest import SEED, losses_of
from regulars.models.learning.examples import past_as_of_dates
from regulars.models.learning.grading import reliability, resampled_mean
from regulars.models.learning.matrix import usable_own
from regulars.models.learning.model import Model
from regulars.models.learning.pictures import picture
from regulars.models.learning.predictors import Predictor
from regulars.models.learning.registry import ModelError, Registry
from regulars.models.learning.training import TooLittleError, Trained, as_json, train, untested
from regulars.models.predictions.due import why_train
from regulars.models.predictions.questions import why_not_asked
from regulars.models.predictions.readiness import too_thin
from regulars.models.predictions.rules import predictor_of
from regulars.store.model_words import ModelWord
from regulars.store.sql import literal

if TYPE_CHECKING:
    import duckdb

    from regulars.store.training import Training

Row = dict[str, Any]
NO_PAST = (
    "no version of it can score, and features of the past, which it learns from, are there on the last night"
    " of a month only (training.month_ends)"
)


@dataclass(frozen=True)
class Tonight:
    """What all models share on a night."""

    connection: "duckdb.DuckDBPyConnection"
    date: date
    settings: "Training"
    features: Sequence[str]
    registry: Registry
    program: str
    words: Mapping[str, ModelWord]

    def features_of(self, model: Model) -> tuple[str, ...]:
        """The features that a model may learn from: those of all, and its own."""
        own = model.own.features if model.own else ()
        return (*self.features, *usable_own(own, self.settings.contexts, self.settings.features))


@dataclass(frozen=True)
class Standing:
    """A model's versions after tonight, the metrics of what was trained, and who scores, if anybody does."""

    rows: tuple[Row, ...]
    metrics: tuple[Row, ...] = ()
    version: str | None = None
    predictor: Predictor | None = None


def standing_of(tonight: Tonight, model: Model) -> Standing:
    """The standing of one model after tonight; trained if that is due and there is enough to learn from."""
    named = _with_named(tonight, model, _rows_of_last_night(tonight, model))
    before, problem = _readable(tonight, model, named)
    thin = too_thin(tonight.connection, (*model.history, *model.asks_for))
    past = past_as_of_dates(tonight.connection)
    why = why_train(
        tonight.date,
        tonight.settings.every,
        has_champion=before.predictor is not None,
        has_past=bool(past),
        alarm=_alarm(tonight, model),
    )
    if before.predictor is None and (thin or why is None):
        return _silent(
            tonight, model, before, problem, f"too little to learn from: {thin}" if thin else NO_PAST
        )
    if why is None or thin:
        return before
    try:
        trained = train(
            tonight.connection,
            model,
            tonight.features_of(model),
            tonight=tonight.date,
            trials=tonight.settings.tuning_trials,
        )
    except TooLittleError as error:
        if before.predictor and (model.name in tonight.words or not _is_untested(before)):
            return before
        return _by_untested_rule(tonight, model, before, past, _joined(problem, str(error)))
    return _promoted(tonight, model, before, trained, _joined(problem, why))


def not_asked(tonight: Tonight, asked: Collection[str]) -> list[tuple[Row, ...]]:
    """The rows of each model that has versions and is not `asked` tonight: retired, and one that says why."""
    known = _models_of_last_night(tonight)
    return [_retired(tonight, rows) for name, rows in known.items() if name not in asked]


def _retired(tonight: Tonight, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    why = why_not_asked(rows[0]["model"], tonight.settings)
    off = _off(tonight, rows[-1]["model"], rows[-1]["horizon_days"], why)
    return (*_with_champion(rows, None, tonight.date, ""), off)


def _is_untested(standing: Standing) -> bool:
    """Whether who scores was never graded, and is fitted anew whenever others are trained."""
    champion = next(row for row in standing.rows if row["status"] == "champion")
    return champion["graded_date"] is None


def _joined(*sentences: str | None) -> str:
    return "; ".join(filter(None, sentences))


def _rows_of_last_night(tonight: Tonight, model: Model) -> tuple[Row, ...]:
    """The model's rows, but the one that says why it was off."""
    return _models_of_last_night(tonight).get(model.name, ())


def _models_of_last_night(tonight: Tonight) -> dict[str, tuple[Row, ...]]:
    """The rows of each model that has versions."""
    rows = pl.DataFrame(
        tonight.connection.sql(
            "select * from previous.model_versions where status <> 'off' order by model, since_date, version"
        )
    )
    return {
        name: tuple(of_name.to_dicts())
        for (name,), of_name in rows.partition_by("model", maintain_order=True, as_dict=True).items()
    }


def _with_named(tonight: Tonight, model: Model, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows with the version that a human named as the champion, if there is such a one."""
    word = tonight.words.get(model.name)
    named = next((row for row in rows if word and row["version"] == word.version), None)
    if word is None or named is None or named["status"] == "champion":
        return rows
    return _with_champion(rows, named, tonight.date, f"said by {word.by}: {word.because}")


def _alarm(tonight: Tonight, model: Model) -> date | None:
    """The night of the newest look at drift, if it was one of alarm and nothing was trained since."""
    ((alarm,),) = tonight.connection.sql(
        f"""
        select max(as_of_date) from previous.drift
        where model = {literal(model.name)}
            and is_alarm
            and as_of_date = (select max(as_of_date) from previous.drift)
            and as_of_date > (
                select coalesce(max(trained_date), date '-infinity') from previous.model_versions
                where model = {literal(model.name)}
            )
        """
    ).fetchall()
    return alarm if isinstance(alarm, date) else None


def _readable(tonight: Tonight, model: Model, rows: tuple[Row, ...]) -> tuple[Standing, str | None]:
    """The champion, or the newest version before it that can be read; and why the champion cannot be."""
    wanted = sorted(rows, key=lambda row: (row["status"] != "champion", -row["since_date"].toordinal()))
    problem = None
    for row in wanted:
        if row["status"] == "challenger":
            continue
        try:
            content = tonight.registry.read(model.name, row["version"])
            predictor = predictor_of(content, model, tonight.features_of(model))
        except ModelError as error:
            problem = problem or f"the champion cannot be read: {error}"
            continue
        if row["status"] != "champion":
            rows = _with_champion(rows, row, tonight.date, _joined("this one scores again", problem))
        return Standing(rows, version=row["version"], predictor=predictor), problem
    return Standing(_with_champion(rows, None, tonight.date, "")), problem


def _with_champion(rows: tuple[Row, ...], chosen: Row | None, since: date, reason: str) -> tuple[Row, ...]:
    """The rows with `chosen` as the champion, and the one before retired."""
    return tuple(
        row | {"status": "champion", "since_date": since, "reason": reason}
        if chosen and row["version"] == chosen["version"]
        else row | {"status": "retired", "since_date": since}
        if row["status"] == "champion"
        else row
        for row in rows
    )


def _silent(tonight: Tonight, model: Model, before: Standing, problem: str | None, why: str) -> Standing:
    """Nobody scores; one row says why."""
    off = _off(tonight, model.name, model.horizon_days, _joined(problem, why))
    return Standing((*before.rows, off))


def _off(tonight: Tonight, name: str, horizon_days: int, why: str) -> Row:
    told = {"version": "none", "method": "none", "status": "off", "reason": why}
    return _row(tonight, name, horizon_days, **told)


def _row(tonight: Tonight, name: str, horizon_days: int, **told: object) -> Row:
    """A row of model_versions; what is not told is null."""
    return {
        "model": name,
        "trained_date": None,
        "learned_from_date": None,
        "learned_to_date": None,
        "graded_date": None,
        "horizon_days": horizon_days,
        "row_count": None,
        "features_hash": None,
        "program": tonight.program,
        "since_date": tonight.date,
    } | told


def _by_untested_rule(
    tonight: Tonight, model: Model, before: Standing, past: Sequence[date], why: str
) -> Standing:
    """A rule that needs no outcomes scores, where the model has one; else the model is off."""
    content = untested(tonight.connection, model, tonight.features_of(model), past[-1])
    if content is None:
        return _silent(tonight, model, before, None, why)
    reason = f"not graded: {why}"
    version = tonight.registry.keep(model.name, tonight.date, content | {"reason": reason})
    row = _row(
        tonight,
        model.name,
        model.horizon_days,
        version=version,
        method=content["method"],
        status="champion",
        trained_date=tonight.date,
        learned_from_date=past[-1],
        learned_to_date=past[-1],
        features_hash=content["features_hash"],
        reason=reason,
    )
    others = tuple(one for one in before.rows if one["version"] != version)
    retired = _with_champion(others, None, tonight.date, "")
    return Standing(
        (*retired, row), version=version, predictor=predictor_of(content, model, tonight.features_of(model))
    )


def _promoted(tonight: Tonight, model: Model, before: Standing, trained: Trained, why: str) -> Standing:
    """The trained version as champion, unless the incumbent surely grades better on the same customers."""
    content = as_json(model, trained, tonight.features_of(model))
    version = tonight.registry.keep(model.name, tonight.date, content)
    is_worse, against = _against(model, trained, before.predictor)
    if before.predictor and model.name in tonight.words:
        is_worse, against = True, (*against, "a human named the version that scores")
    title = f"{model.name} {version}, graded on customers of {trained.graded.grading}"
    drawn = picture(trained.result, title, is_probability=model.figure == "probability")
    tonight.registry.keep_picture(model.name, version, drawn)
    row = _row(
        tonight,
        model.name,
        model.horizon_days,
        version=version,
        method=trained.champion.method,
        status="challenger" if is_worse else "champion",
        trained_date=tonight.date,
        learned_from_date=trained.fitted.learning[0],
        learned_to_date=trained.fitted.learning[-1],
        graded_date=trained.graded.grading,
        row_count=trained.rows,
        features_hash=content["features_hash"],
        reason="; ".join((f"trained because {why}", trained.result.reason, *against, *trained.notes)),
    )
    others = tuple(one for one in before.rows if one["version"] != version)
    metrics = tuple(_metrics(tonight, model, version, trained))
    if is_worse:
        return Standing((*others, row), metrics, before.version, before.predictor)
    retired = _with_champion(others, None, tonight.date, "")
    return Standing((*retired, row), metrics, version, trained.champion)


def _against(model: Model, trained: Trained, incumbent: Predictor | None) -> tuple[bool, tuple[str, ...]]:
    """Whether the incumbent surely grades better on the newest customers, and the figures."""
    if incumbent is None:
        return False, ()
    outcome, grading = trained.result.outcome, trained.grading
    before = losses_of(model.figure, outcome, incumbent.predict(grading))
    difference = resampled_mean(before - trained.result.grade(trained.result.champion).losses, seed=SEED)
    said = (
        f"against the version before: better by {difference.value:.4f}"
        f" ({difference.low:.4f} to {difference.high:.4f})"
    )
    return difference.high < 0, (said,)


def _metrics(tonight: Tonight, model: Model, version: str, trained: Trained) -> list[Row]:
    """Every grade of every method, and of who won what was predicted of each tenth and what happened."""
    named: Row = {
        "as_of_date": tonight.date,
        "model": model.name,
        "version": version,
        "graded_date": trained.graded.grading,
    }
    grades: list[Row] = [
        {
            "method": grade.method,
            "metric": metric,
            **dict(zip(("value", "low", "high"), interval.known, strict=True)),
        }
        for grade in trained.result.grades
        for metric, interval in grade.metrics.items()
    ]
    winner = trained.result.champion
    tenths = reliability(trained.result.outcome, trained.result.grade(winner).predicted)
    told = {"predicted": tenths.predicted, "happened": tenths.observed}
    figures: list[Row] = [
        {"method": winner, "metric": f"{what}_tenth_{number:02}", "value": float(value)}
        for what, values in told.items()
        for number, value in enumerate(values, start=1)
    ]
    return [named | row for row in (*grades, *figures)]
