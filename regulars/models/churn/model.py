"""Churn as a question: of whom, for how long, and which ways of answering compete."""

from collections.abc import Mapping, Sequence

import polars as pl

from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.baselines.order_process import fit_no_order
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.model import Model, outcomes, trees
from regulars.store.training import Churn

NAME = "churn"
RECENCY = {"days_since_last_order": 20}
RFM = {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5}


def churn(settings: Churn) -> Model:
    """No order in the horizon, of customers who ordered within `active_days`."""

    def methods(features: Sequence[str], customers: pl.DataFrame) -> Mapping[str, Fit]:
        return {
            TREES: trees(features, "binary"),
            "recency": lambda learning, _: fit_mean_table(
                learning, outcomes(learning), RECENCY, is_probability=True
            ),
            "rfm": lambda learning, _: fit_mean_table(learning, outcomes(learning), RFM, is_probability=True),
            "bg_nbd": lambda _, __: fit_no_order(customers, settings.horizon_days),
        }

    return Model(
        name=NAME,
        figure="probability",
        horizon_days=settings.horizon_days,
        population=population(settings),
        outcome=(pl.col("later_order_count") == 0).cast(pl.Float64),
        methods=methods,
    )


def population(settings: Churn) -> str:
    """Who is active on an as-of day, as SQL over her features."""
    return f"days_since_last_order < {settings.active_days}"
