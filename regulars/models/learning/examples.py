"""What a model learns from: customers at the ends of past months, and what they did in the horizon after.

Features are those of the as-of day, outcomes of orders strictly after it, and no as-of day counts whose
horizon is not over.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.learning.matrix import as_floats
from regulars.store.sql import date_literal
from regulars.store.training import EARLY_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

# what baselines ask for, whatever a model learns from
ORDER_FEATURES = (
    "days_since_first_order",
    "days_since_last_order",
    "order_count",
    "order_amount",
    "order_count_90d",
    "order_count_365d",
    "order_amount_90d",
    "order_amount_365d",
    "order_gap_mean_days",
)
OUTCOMES = ("early_order_count", "later_order_count", "later_order_amount")
GRAINS = 1_000_000


@dataclass(frozen=True)
class Periods:
    """The as-of days of learning, choosing and grading; the horizon of each ends before the next begins."""

    learning: tuple[date, ...]
    choosing: date
    grading: date

    @property
    def all_dates(self) -> tuple[date, ...]:
        """Every as-of day, ascending."""
        return (*self.learning, self.choosing, self.grading)


def periods(as_of_dates: "Sequence[date]", tonight: date, horizon_days: int) -> Periods | None:
    """Grading on the newest day whose horizon is over, choosing and learning on days a horizon apart.

    None where history is too short for three such days.
    """
    horizon = timedelta(days=horizon_days)
    grading = max((day for day in as_of_dates if day + horizon <= tonight), default=None)
    choosing = max((day for day in as_of_dates if grading and day + horizon <= grading), default=None)
    learning = tuple(sorted(day for day in as_of_dates if choosing and day + horizon <= choosing))
    return Periods(learning, choosing, grading) if grading and choosing and learning else None


def later_periods(before: Periods, as_of_dates: "Sequence[date]", horizon_days: int) -> Periods:
    """The same recipe one horizon on: it learns up to what was for choosing, and chooses by what graded."""
    horizon = timedelta(days=horizon_days)
    learning = tuple(sorted(day for day in as_of_dates if day + horizon <= before.grading))
    return Periods(learning, before.grading, before.grading)


def past_as_of_dates(connection: "duckdb.DuckDBPyConnection") -> list[date]:
    """The as-of days at ends of months of which features are there, ascending."""
    rows = connection.sql(
        """
        select distinct as_of_date from intermediate.past_customer_features
        where as_of_date = last_day(as_of_date)
        order by as_of_date
        """
    ).fetchall()
    return [day for (day,) in rows]


def examples(  # noqa: PLR0913 (what, of whom, when, how many)
    connection: "duckdb.DuckDBPyConnection",
    features: "Sequence[str]",
    *,
    population: str,
    horizon_days: int,
    as_of_dates: "Sequence[date]",
    most_rows: int,
) -> pl.DataFrame:
    """Customers at as-of days, ordered by both, with features and outcomes; at most about `most_rows`.

    A sample takes whole customers by a hash of their id, the same on every day. Columns: as_of_date,
    customer_id, the features and those of ORDER_FEATURES as 32-bit floats, OUTCOMES as doubles.
    """
    days = ", ".join(map(date_literal, as_of_dates))
    table = "intermediate.past_customer_features as features"
    of_days = f"from {table} where as_of_date in ({days}) and ({population})"
    ((count,),) = connection.sql(f"select count(*) {of_days}").fetchall()
    share = min(most_rows / max(count, 1), 1)
    names = list(dict.fromkeys((*features, *ORDER_FEATURES)))
    return pl.DataFrame(
        connection.sql(
            f"""
            with

            later_orders as ({_later_orders(days, horizon_days)}),

            features as (

                select * {of_days} and hash(customer_id) % {GRAINS} < {round(share * GRAINS)}

            )

            select
                features.as_of_date,
                features.customer_id,
                {as_floats(names, "features")},
                cast(coalesce(later_orders.early_order_count, 0) as double) as early_order_count,
                cast(coalesce(later_orders.later_order_count, 0) as double) as later_order_count,
                cast(greatest(coalesce(later_orders.later_order_amount, 0), 0) as double)
                    as later_order_amount
            from features
            left join later_orders
                on
                    features.customer_id = later_orders.customer_id
                    and features.as_of_date = later_orders.as_of_date
            order by features.as_of_date, features.customer_id
            """
        )
    )


def _later_orders(days: str, horizon_days: int) -> str:
    """What every customer ordered after each of the days, within the horizon."""
    return f"""
        select
            orders.customer_id,
            days.as_of_date,
            count(case when orders.order_date <= days.as_of_date + {EARLY_DAYS} then 1 end)
                as early_order_count,
            count(*) as later_order_count,
            sum(orders.amount - coalesce(orders.refunded_amount, 0)) as later_order_amount
        from marts.orders as orders
        inner join (select unnest([{days}]) as as_of_date) as days
            on orders.order_date between days.as_of_date + 1 and days.as_of_date + {horizon_days}
        where orders.customer_id is not null
        group by orders.customer_id, days.as_of_date
    """
