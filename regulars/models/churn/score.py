"""Tonight's churn scores: one row per customer who ever ordered."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.scoring import percentile, scored


def score(customers: Iterable[pl.DataFrame], predictor: Predictor, *, cold_start_days: int) -> pl.DataFrame:
    """Columns customer_id, basis, churn_probability, churn_percentile, raised_by, lowered_by.

    Probability and percentile are null for newcomers, and for who is not active: she has left already.
    """

    def figures(frame: pl.DataFrame) -> dict[str, pl.Series]:
        return {"churn_probability": pl.Series(predictor.predict(frame)).round(6)}

    trees = predictor.rule if isinstance(predictor.rule, Trees) else None
    scores = scored(customers, predictor, figures, trees=trees, cold_start_days=cold_start_days)
    return scores.with_columns(churn_percentile=percentile("churn_probability"))
