"""Churn as a question: of whom, for how long, and which ways of answering compete."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.baselines.order_process import fit_no_order
from regulars.models.churn.score import score
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.examples import Outcome, orders_after
from regulars.models.learning.model import Model, outcomes, trees
from regulars.store.training import Training

NAME = "churn"
RECENCY = {"days_since_last_order": 20}
RFM = {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5}


def churn(settings: Training) -> Model:
    """No order in the horizon, of customers who ordered within `active_days`."""
    horizon_days = settings.churn.horizon_days

    def methods(features: Sequence[str], customers: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {
            TREES: trees(features, "binary"),
            "recency": lambda learning, _: fit_mean_table(
                learning, outcomes(learning), RECENCY, is_probability=True
            ),
            "rfm": lambda learning, _: fit_mean_table(learning, outcomes(learning), RFM, is_probability=True),
            "bg_nbd": lambda _, __: fit_no_order(customers(), horizon_days),
        }

    return Model(
        name=NAME,
        figure="probability",
        horizon_days=horizon_days,
        population=f"days_since_last_order < {settings.churn.active_days}",
        outcome=Outcome(
            facts=orders_after(horizon_days),
            value="coalesce(came_true.later_order_count, 0) = 0",
            early="coalesce(came_true.early_order_count, 0) = 0",
        ),
        methods=methods,
        table="churn_scores",
        score=partial(score, cold_start_days=settings.churn.cold_start_days),
        most_rows=settings.most_rows,
    )
