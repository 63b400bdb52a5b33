"""Lifetime value as a question: of whom, over which horizons, and which ways of answering compete."""

from collections.abc import Mapping, Sequence

import polars as pl

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.baselines.order_process import fit_orders_times_amount
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.model import Model, outcomes
from regulars.models.lifetime_value.two_stages import fit_two_stages

HORIZONS = (90, 365)
RFM = {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5}
POPULATION = "order_count > 0"


def lifetime_value(horizon_days: int) -> Model:
    """The amount of all orders of the horizon, less refunds, of everybody who ever ordered."""

    def methods(features: Sequence[str], customers: pl.DataFrame) -> Mapping[str, Fit]:
        return {
            TREES: lambda learning, choosing: fit_two_stages(tuple(features), learning, choosing),
            "last_period": lambda _, __: LastPeriod(f"order_amount_{horizon_days}d"),
            "rfm": lambda learning, _: fit_mean_table(
                learning, outcomes(learning), RFM, is_probability=False
            ),
            "bg_nbd": lambda _, __: fit_orders_times_amount(customers, horizon_days),
        }

    return Model(
        name=name(horizon_days),
        figure="amount",
        horizon_days=horizon_days,
        population=POPULATION,
        outcome=pl.col("later_order_amount"),
        methods=methods,
        untested="bg_nbd",
    )


def name(horizon_days: int) -> str:
    """The model of a horizon."""
    return f"lifetime_value_{horizon_days}d"
