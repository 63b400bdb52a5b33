"""The whole stage: every model's standing tonight, and its scores of everybody, into schema `predictions`."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.learning.matrix import usable
from regulars.models.learning.model import Model
from regulars.models.learning.registry import Registry
from regulars.models.learning.scoring import customers_tonight
from regulars.models.predictions.drift import Looks, look
from regulars.models.predictions.questions import questions
from regulars.models.predictions.tables import DRIFT, MODEL_METRICS, MODEL_VERSIONS, add_rows, replace_tables
from regulars.models.predictions.versions import Standing, Tonight, not_asked, standing_of
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
    marts.customer_features, marts.orders, marts.customer_touchpoints, marts.data_readiness,
    staging.stg_messages, and of schema intermediate past_customer_features, int_categories_ranked,
    customer_category_features, customer_category_days and int_customer_handles.

    Raises:
        UserError: The store names a feature that may not enter a model.
    """
    ((tonight,),) = connection.sql("select as_of_date from settings.night").fetchall()
    features = usable(settings.contexts, settings.features)
    shared = Tonight(connection, tonight, settings, features, registry, program, words)
    replace_tables(connection)
    standings: list[Standing] = []
    looks = Looks()
    asked = questions(connection, settings)
    for model in asked:
        standing = standing_of(shared, model)
        standings.append(standing)
        yield _said(model, standing)
        if standing.predictor and standing.version:
            customers = customers_tonight(connection, model, shared.features)
            scores = model.score(customers, standing.predictor)
            of_tonight = scores.with_columns(as_of_date=pl.lit(tonight), version=pl.lit(standing.version))
            add_rows(connection, model.table, of_tonight)
            look(shared, model, standing, looks)
    for table in ("model_metrics", "drift"):
        connection.execute(f"insert into predictions.{table} by name from previous.{table}")
    metrics = [*(row for one in standings for row in one.metrics), *looks.metrics]
    others = not_asked(shared, {model.name for model in asked})
    versions = [row for rows in (*(one.rows for one in standings), *others) for row in rows]
    add_rows(connection, "model_versions", _frame(versions, MODEL_VERSIONS))
    add_rows(connection, "model_metrics", _frame(metrics, MODEL_METRICS))
    add_rows(connection, "drift", _frame(looks.drift, DRIFT))


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
