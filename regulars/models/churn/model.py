"""Churn as a question: of whom, for how long, and which ways of answering compete."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.baselines.order_process import fit_no_order
from regulars.models.churn.score import score
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.examples import Outcome, orders_after
from regulars.models.learning.history import OF_SUBSCRIPTIONS
from regulars.models.learning.model import WITH_ORDERS, Model, outcomes, trees
from regulars.store.training import EARLY_DAYS, Training

NAME = "churn"
RECENCY = {"days_since_last_order": 20}
RFM = {"days_since_last_order": 5, "order_count_365d": 5, "order_amount_365d": 5}
SUBSCRIBED_FOR = "days_since_subscription_start"
TENURE = {SUBSCRIBED_FOR: 20}
USE = {"days_since_last_event": 20}
SUBSCRIBES = f"{SUBSCRIBED_FOR} is not null"


def churn(settings: Training) -> Model:
    """Who leaves in the horizon, of those of whom the store asks it: customers who order, or subscribers."""
    return _of_subscriptions(settings) if settings.churn.of == "subscriptions" else _of_orders(settings)


def _of_orders(settings: Training) -> Model:
    """No order in the horizon, of customers who ordered within `active_days`."""
    horizon_days = settings.churn.horizon_days

    def methods(features: Sequence[str], customers: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {
            TREES: trees(features, "binary"),
            "recency": _table(RECENCY),
            "rfm": _table(RFM),
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


def _of_subscriptions(settings: Training) -> Model:
    """The end of the subscription in the horizon, of whose runs on the as-of day."""
    horizon_days = settings.churn.horizon_days

    def methods(features: Sequence[str], _: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {
            TREES: trees(features, "binary"),
            "tenure": _table(TENURE),
            "recency_of_use": _table(USE),
        }

    return Model(
        name=NAME,
        figure="probability",
        horizon_days=horizon_days,
        population=SUBSCRIBES,
        outcome=Outcome(
            facts=_ends_after(horizon_days),
            value="came_true.ended_date is not null",
            early=f"coalesce(came_true.ended_date <= came_true.as_of_date + {EARLY_DAYS}, false)",
        ),
        methods=methods,
        table="churn_scores",
        score=partial(score, cold_start_days=settings.churn.cold_start_days, since=SUBSCRIBED_FOR),
        most_rows=settings.most_rows,
        rule_features=(*TENURE, *USE),
        listed=f"({WITH_ORDERS} or {SUBSCRIBES})",
        history=OF_SUBSCRIPTIONS,
    )


def _table(bins: dict[str, int]) -> Fit:
    """A rule that says the share of the groups which so many quantiles of features make."""
    return lambda learning, _: fit_mean_table(learning, outcomes(learning), bins, is_probability=True)


def _ends_after(horizon_days: int) -> str:
    """The first end of a customer's subscription after a day, within the horizon."""
    return f"""
        select
            subscriptions.customer_id,
            days.as_of_date,
            min(subscriptions.ended_date) as ended_date
        from intermediate.int_customer_subscriptions as subscriptions
        inner join days
            on subscriptions.ended_date between days.as_of_date + 1 and days.as_of_date + {horizon_days}
        group by subscriptions.customer_id, days.as_of_date
    """
