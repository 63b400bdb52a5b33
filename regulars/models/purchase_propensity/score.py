"""Tonight's propensities: one row per customer who ever ordered and category."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import probabilities


def score(
    customers: Iterable[pl.DataFrame], predictor: Predictor, *, category: str, cold_start_days: int
) -> pl.DataFrame:
    """Columns customer_id, category, basis, purchase_probability, purchase_percentile, raised_by, lowered_by.

    Probability and percentile are null for newcomers, and for who did not order in a year.
    """
    scores = probabilities(customers, predictor, "purchase", cold_start_days=cold_start_days)
    return scores.with_columns(category=pl.lit(category))
