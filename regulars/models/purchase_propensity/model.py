"""Purchase propensity as a question: of whom, in which categories, and which ways of answering compete."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.baselines.mean_table import fit_mean_table
from regulars.models.learning.contest import TREES, Fit
from regulars.models.learning.examples import Outcome, OwnFeatures
from regulars.models.learning.model import Model, outcomes, trees
from regulars.models.learning.registry import slug
from regulars.models.purchase_propensity.score import score
from regulars.store.sql import literal
from regulars.store.training import EARLY_DAYS, Training

if TYPE_CHECKING:
    import duckdb

NAME = "purchase_propensity"
ACTIVE_DAYS = 365
# what is said of who never bought in the category
OWN = {
    "days_since_last_category_order": "null",
    "days_since_first_category_order": "null",
    "category_order_day_count_90d": "0",
    "category_order_day_count_365d": "0",
    "category_order_amount_365d": "0",
}
RECENCY = {"days_since_last_category_order": 20}
RFM = {"days_since_last_category_order": 5, "category_order_day_count_365d": 5, "days_since_last_order": 5}


def top_categories(connection: "duckdb.DuckDBPyConnection", count: int) -> list[str]:
    """The categories with the most customers in a year, the most first."""
    rows = connection.sql(
        f"""
        select category from intermediate.int_categories_ranked
        where category_rank <= {count}
        order by category_rank
        """
    ).fetchall()
    return [category for (category,) in rows]


def purchase_propensity(settings: Training, category: str) -> Model:
    """An order with a line of the category in the horizon, of customers who ordered in a year."""
    horizon_days = settings.propensity.horizon_days

    def methods(features: Sequence[str], _: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {
            TREES: trees(features, "binary"),
            "recency": lambda learning, _: fit_mean_table(
                learning, outcomes(learning), RECENCY, is_probability=True
            ),
            "rfm": lambda learning, _: fit_mean_table(learning, outcomes(learning), RFM, is_probability=True),
        }

    return Model(
        name=f"{NAME}_{slug(category)}",
        about=category,
        figure="probability",
        horizon_days=horizon_days,
        population=f"days_since_last_order < {ACTIVE_DAYS}",
        outcome=Outcome(
            facts=_bought_after(category, horizon_days),
            value="came_true.customer_id is not null",
            early="coalesce(came_true.is_early, false)",
        ),
        methods=methods,
        table="propensity_scores",
        score=partial(score, category=category, cold_start_days=settings.churn.cold_start_days),
        most_rows=min(settings.propensity.most_rows, settings.most_rows),
        own=OwnFeatures(
            f"select * from intermediate.customer_category_features where category = {literal(category)}", OWN
        ),
        least_outcomes=settings.least_outcomes,
    )


def _bought_after(category: str, horizon_days: int) -> str:
    """Who bought in the category after a day, within the horizon, and whether soon."""
    return f"""
        select
            handles.customer_id,
            days.as_of_date,
            min(bought.active_date) <= days.as_of_date + {EARLY_DAYS} as is_early
        from intermediate.customer_category_days as bought
        inner join days
            on bought.active_date between days.as_of_date + 1 and days.as_of_date + {horizon_days}
        inner join intermediate.int_customer_handles as handles
            on bought.handle_id = handles.handle_id
        where bought.category = {literal(category)}
        group by handles.customer_id, days.as_of_date
    """
