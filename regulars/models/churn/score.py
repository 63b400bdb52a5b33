"""Tonight's churn scores: one row per customer who ever ordered."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.scoring import basis, percentile, reasons

SCORED = pl.col("basis").is_in(["model", "rule"])


def score(customers: Iterable[pl.DataFrame], predictor: Predictor, *, cold_start_days: int) -> pl.DataFrame:
    """Columns customer_id, basis, churn_probability, churn_percentile, raised_by, lowered_by.

    Probability and percentile are null for newcomers, and for who is not active: she has left already.
    """
    trees = predictor.rule if isinstance(predictor.rule, Trees) else None
    parts = []
    for frame in customers:
        said = frame.with_columns(basis=basis(predictor, cold_start_days))
        scored = said.filter(SCORED)
        parts += [
            said.filter(~SCORED).select("customer_id", "basis"),
            scored.select("customer_id", "basis")
            .with_columns(churn_probability=pl.Series(predictor.predict(scored)).round(6))
            .hstack(reasons(trees, scored)),
        ]
    scores = pl.concat(parts, how="diagonal")
    return scores.with_columns(churn_percentile=percentile("churn_probability"))
