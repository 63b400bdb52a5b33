"""Lifetime value as a question: of whom, over which horizons, and which ways of answering compete."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.baselines.order_process import fit_orders_times_amount
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.examples import Outcome, orders_after
from regulars.models.learning.model import WITH_ORDERS, Model, outcomes
from regulars.models.lifetime_value.score import score
from regulars.models.lifetime_value.two_stages import two_stages
from regulars.store.training import Training

HORIZONS = (90, 365)
RFM = {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5}


def lifetime_value(settings: Training, horizon_days: int) -> Model:
    """The amount of all orders of the horizon, less refunds, of everybody who ever ordered."""

    def methods(features: Sequence[str], customers: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {
            TREES: two_stages(features),
            "last_period": lambda _, __: LastPeriod(f"order_amount_{horizon_days}d"),
            "rfm": lambda learning, _: fit_mean_table(
                learning, outcomes(learning), RFM, is_probability=False
            ),
            "bg_nbd": lambda _, __: fit_orders_times_amount(customers(), horizon_days),
        }

    return Model(
        name=name(horizon_days),
        figure="amount",
        horizon_days=horizon_days,
        population=WITH_ORDERS,
        outcome=Outcome(
            facts=orders_after(horizon_days),
            value="greatest(coalesce(came_true.later_order_amount, 0), 0)",
            early="coalesce(came_true.early_order_count, 0) > 0",
        ),
        methods=methods,
        table="ltv_scores",
        score=partial(score, horizon_days=horizon_days, cold_start_days=settings.churn.cold_start_days),
        most_rows=settings.most_rows,
        untested="bg_nbd",
    )


def name(horizon_days: int) -> str:
    """The model of a horizon."""
    return f"lifetime_value_{horizon_days}d"
