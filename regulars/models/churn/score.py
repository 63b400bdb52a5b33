"""Tonight's churn scores: one row per customer who ever ordered, or subscribes."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import FIRST_ORDER, probabilities


def score(
    customers: Iterable[pl.DataFrame], predictor: Predictor, *, cold_start_days: int, since: str = FIRST_ORDER
) -> pl.DataFrame:
    """Columns customer_id, basis, churn_probability, churn_percentile, raised_by, lowered_by.

    Probability and percentile are null for newcomers, by the feature `since`, and for who is not active: she
    has left already.
    """
    return probabilities(customers, predictor, "churn", cold_start_days=cold_start_days, since=since)
