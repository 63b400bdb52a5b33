"""Tonight's response scores: one row per customer who ever got a touch on a channel, channel and response."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import probabilities

NOBODY_IS_NEW = 0


def score(
    customers: Iterable[pl.DataFrame], predictor: Predictor, *, channel: str, response: str
) -> pl.DataFrame:
    """Columns customer_id, channel, response, basis, response_probability, response_percentile."""
    scores = probabilities(customers, predictor, "response", cold_start_days=NOBODY_IS_NEW, says_why=False)
    return scores.with_columns(channel=pl.lit(channel), response=pl.lit(response))
