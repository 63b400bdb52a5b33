"""Tonight's customers as frames to predict from, a bounded number at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.learning.examples import ORDER_FEATURES
from regulars.models.learning.matrix import as_floats
from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.reasons import in_words

if TYPE_CHECKING:
    import duckdb

MOST_CUSTOMERS = 250_000
REASONS = ("raised_by", "lowered_by")
SCORED = pl.col("basis").is_in(["model", "rule"])


def customers_tonight(
    connection: "duckdb.DuckDBPyConnection", features: Sequence[str], *, population: str
) -> Iterator[pl.DataFrame]:
    """Frames of customers with orders, by id: customer_id, features as floats, is_in_population."""
    ((count,),) = connection.sql(
        "select count(*) from marts.customer_features where order_count > 0"
    ).fetchall()
    parts = max(-(-count // MOST_CUSTOMERS), 1)
    names = list(dict.fromkeys((*features, *ORDER_FEATURES)))
    for part in range(parts):
        yield pl.DataFrame(
            connection.sql(
                f"""
                select
                    customer_id,
                    coalesce({population}, false) as is_in_population,
                    {as_floats(names, "features")}
                from marts.customer_features as features
                where order_count > 0 and hash(customer_id) % {parts} = {part}
                order by customer_id
                """
            )
        )


def scored(
    customers: Iterable[pl.DataFrame],
    predictor: Predictor,
    figures: Callable[[pl.DataFrame], Mapping[str, pl.Series | pl.Expr]],
    *,
    trees: Trees | None,
    cold_start_days: int,
) -> pl.DataFrame:
    """Everybody with customer_id and basis, and whom the predictor speaks of with `figures` and reasons."""
    parts = []
    for frame in customers:
        said = frame.with_columns(basis=basis(predictor, cold_start_days))
        spoken_of = said.filter(SCORED)
        parts += [
            said.filter(~SCORED).select("customer_id", "basis"),
            spoken_of.select("customer_id", "basis")
            .with_columns(**figures(spoken_of))
            .hstack(reasons(trees, spoken_of)),
        ]
    return pl.concat(parts, how="diagonal")


def basis(predictor: Predictor, cold_start_days: int) -> pl.Expr:
    """On what a customer's score stands: trees are the model, all else is a rule, and newcomers have none."""
    by = "model" if predictor.method == "trees" else "rule"
    return (
        pl.when(~pl.col("is_in_population"))
        .then(pl.lit("not_active"))
        .when(pl.col("days_since_first_order") < cold_start_days)
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
