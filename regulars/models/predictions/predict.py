"""The whole stage: every model's standing tonight, and its scores of everybody, into schema `predictions`."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.churn import score as churn_score
from regulars.models.churn.model import churn
from regulars.models.learning.matrix import usable
from regulars.models.learning.model import Model
from regulars.models.learning.predictors import Predictor
from regulars.models.learning.registry import Registry
from regulars.models.learning.scoring import customers_tonight
from regulars.models.lifetime_value import score as value_score
from regulars.models.lifetime_value.model import HORIZONS, lifetime_value
from regulars.models.predictions.drift import Looks, look
from regulars.models.predictions.tables import DRIFT, MODEL_METRICS, MODEL_VERSIONS, replace_tables
from regulars.models.predictions.versions import Standing, Tonight, standing_of
from regulars.store.model_words import ModelWord

if TYPE_CHECKING:
    import duckdb

    from regulars.store.training import Training

NO_WORDS: Mapping[str, ModelWord] = MappingProxyType({})
POLARS = {
    "varchar": pl.String,
    "date": pl.Date,
    "bigint": pl.Int64,
    "double": pl.Float64,
    "boolean": pl.Boolean,
}


def predict(
    connection: "duckdb.DuckDBPyConnection",
    registry: Registry,
    settings: "Training",
    *,
    program: str,
    words: Mapping[str, ModelWord] = NO_WORDS,
) -> Iterator[str]:
    """Replace every table of schema `predictions`; says what became of each model, as it goes.

    Reads settings.night, previous.model_versions, previous.model_metrics, previous.drift,
    marts.customer_features, marts.orders, marts.data_readiness and intermediate.past_customer_features.

    Raises:
        UserError: The store names a feature that may not enter a model.
        ValueError: A feature is infinite.
    """
    ((tonight,),) = connection.sql("select as_of_date from settings.night").fetchall()
    features = usable(settings.contexts, settings.features)
    shared = Tonight(connection, tonight, settings, features, registry, program, words)
    standings: list[Standing] = []
    looks = Looks()
    scores: dict[str, list[pl.DataFrame]] = {"churn_scores": [], "ltv_scores": []}
    for model in (churn(settings.churn), *map(lifetime_value, HORIZONS)):
        standing = standing_of(shared, model)
        standings.append(standing)
        yield _said(model, standing)
        if standing.predictor and standing.version:
            table = "churn_scores" if model.figure == "probability" else "ltv_scores"
            scored = _scored(shared, model, standing.predictor)
            scores[table].append(_of_tonight(scored, tonight, standing.version))
            look(shared, model, standing, looks)
    replace_tables(
        connection,
        {
            "model_versions": [_frame([row for one in standings for row in one.rows], MODEL_VERSIONS)],
            "model_metrics": [
                pl.DataFrame(connection.sql("select * from previous.model_metrics")),
                _frame([*(row for one in standings for row in one.metrics), *looks.metrics], MODEL_METRICS),
            ],
            "drift": [
                pl.DataFrame(connection.sql("select * from previous.drift")),
                _frame(looks.drift, DRIFT),
            ],
            **scores,
        },
    )


def _scored(shared: Tonight, model: Model, predictor: Predictor) -> pl.DataFrame:
    customers = customers_tonight(shared.connection, shared.features, population=model.population)
    if model.figure == "probability":
        return churn_score.score(customers, predictor, cold_start_days=shared.settings.churn.cold_start_days)
    return value_score.score(
        customers,
        predictor,
        horizon_days=model.horizon_days,
        cold_start_days=shared.settings.churn.cold_start_days,
    )


def _of_tonight(scores: pl.DataFrame, tonight: date, version: str) -> pl.DataFrame:
    return scores.with_columns(as_of_date=pl.lit(tonight), version=pl.lit(version))


def _frame(rows: list[dict[str, object]], columns: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={name: POLARS[data_type] for name, data_type in columns.items()}, orient="row"
    )


def _said(model: Model, standing: Standing) -> str:
    """What became of a model tonight, in a line."""
    speaking = next(
        (row for row in standing.rows if row["status"] in {"champion", "off"}),
        {"reason": "", "method": "none"},
    )
    return f"{model.name}: {standing.version or 'off'} ({speaking['method']}): {speaking['reason']}"
