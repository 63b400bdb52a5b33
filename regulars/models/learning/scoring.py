"""Tonight's customers as frames to predict from, a bounded number at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.learning.examples import floats, with_own
from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.reasons import in_words

if TYPE_CHECKING:
    import duckdb

    from regulars.models.learning.model import Model

MOST_CUSTOMERS = 250_000
FIRST_ORDER = "days_since_first_order"
REASONS = ("raised_by", "lowered_by")
SCORED = pl.col("basis").is_in(["model", "rule"])


def customers_tonight(
    connection: "duckdb.DuckDBPyConnection", model: "Model", features: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Frames of the customers whom a model lists, by id: customer_id, is_in_population, its features."""
    table = "marts.customer_features"
    ((count,),) = connection.sql(f"select count(*) from {table} where {model.listed}").fetchall()
    parts = max(-(-count // MOST_CUSTOMERS), 1)
    for part in range(parts):
        yield pl.DataFrame(
            connection.sql(
                f"""
                with features as (

                    select *, coalesce({model.population}, false) as is_in_population from {table}
                    where {model.listed} and hash(customer_id) % {parts} = {part}

                )

                select features.customer_id, features.is_in_population, {floats(model, features)}
                from features
                {with_own(model)}
                order by features.customer_id
                """
            )
        )


def scored(  # noqa: PLR0913 (how many days somebody is new, and since when)
    customers: Iterable[pl.DataFrame],
    predictor: Predictor,
    figures: Callable[[pl.DataFrame], Mapping[str, pl.Series | pl.Expr]],
    *,
    trees: Trees | None,
    cold_start_days: int,
    since: str = FIRST_ORDER,
) -> pl.DataFrame:
    """Everybody with customer_id and basis, and whom the predictor speaks of with `figures` and reasons."""
    parts = []
    for frame in customers:
        said = frame.with_columns(basis=basis(predictor, cold_start_days, since))
        spoken_of = said.filter(SCORED)
        parts += [
            said.filter(~SCORED).select("customer_id", "basis"),
            spoken_of.select("customer_id", "basis")
            .with_columns(**figures(spoken_of))
            .hstack(reasons(trees, spoken_of)),
        ]
    return pl.concat(parts, how="diagonal")


def probabilities(  # noqa: PLR0913 (as above)
    customers: Iterable[pl.DataFrame],
    predictor: Predictor,
    name: str,
    *,
    cold_start_days: int,
    since: str = FIRST_ORDER,
    says_why: bool = True,
) -> pl.DataFrame:
    """Columns customer_id, basis, <name>_probability, <name>_percentile, raised_by, lowered_by.

    Probability and percentile are null for newcomers, and for who is not in the population; reasons also
    where nobody `says_why`.
    """
    figure = f"{name}_probability"
    trees = predictor.rule if says_why and isinstance(predictor.rule, Trees) else None
    scores = scored(
        customers,
        predictor,
        lambda frame: {figure: pl.Series(predictor.predict(frame)).round(6)},
        trees=trees,
        cold_start_days=cold_start_days,
        since=since,
    )
    return scores.with_columns(percentile(figure).alias(f"{name}_percentile"))


def basis(predictor: Predictor, cold_start_days: int, since: str = FIRST_ORDER) -> pl.Expr:
    """On what a customer's score stands: trees are the model, all else is a rule, and newcomers have none.

    `since` is the feature that says for how many days she has been a customer.
    """
    by = "model" if predictor.method == "trees" else "rule"
    return (
        pl.when(~pl.col("is_in_population"))
        .then(pl.lit("not_active"))
        .when(pl.col(since) < cold_start_days)
        .then(pl.lit("cold_start"))
        .otherwise(pl.lit(by))
    )


def reasons(trees: Trees | None, frame: pl.DataFrame) -> pl.DataFrame:
    """raised_by and lowered_by of every customer; null where no trees say why."""
    if trees:
        return in_words(trees.boosted, frame)
    return pl.DataFrame(
        {column: pl.repeat(None, frame.height, dtype=pl.String, eager=True) for column in REASONS}
    )


def percentile(figure: str) -> pl.Expr:
    """The share of the customers, in percent, whose figure is at most hers."""
    return (pl.col(figure).rank("max") / pl.col(figure).count() * 100).round(2)
