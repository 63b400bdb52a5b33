"""What a model learns from: customers at the ends of past months, and what they did in the horizon after.

Features are those of the as-of day, outcomes of what happened strictly after it, and no as-of day counts
whose horizon is not over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from regulars.store.sql import date_literal
from regulars.store.training import EARLY_DAYS

if TYPE_CHECKING:
    import duckdb

    from regulars.models.learning.model import Model

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
GRAINS = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What came true of a customer after an as-of day, in SQL.

    `facts` selects customer_id, as_of_date and what else is needed, one row of both at most, and may read a
    relation `days` of as_of_date. `value` is what came true within the horizon, `early` what did within
    EARLY_DAYS of the as-of day, both said of her row `came_true`, which is all null where she has none. Who
    has none is no example unless it `is_of_everybody`.
    """

    facts: str
    value: str
    early: str
    is_of_everybody: bool = True


@dataclass(frozen=True)
class OwnFeatures:
    """Features of one model alone, besides those that the customers have for all.

    `facts` selects them with customer_id and as_of_date, of past as-of days and tonight's alike; `features`
    has their names with what they are, in SQL, where she has no row.
    """

    facts: str
    features: Mapping[str, str]


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


def periods(as_of_dates: Sequence[date], tonight: date, horizon_days: int) -> Periods | None:
    """Grading on the newest day whose horizon is over, choosing and learning on days a horizon apart.

    None where history is too short for three such days.
    """
    horizon = timedelta(days=horizon_days)
    grading = max((day for day in as_of_dates if day + horizon <= tonight), default=None)
    choosing = max((day for day in as_of_dates if grading and day + horizon <= grading), default=None)
    learning = tuple(sorted(day for day in as_of_dates if choosing and day + horizon <= choosing))
    return Periods(learning, choosing, grading) if grading and choosing and learning else None


def later_periods(before: Periods, as_of_dates: Sequence[date], horizon_days: int) -> Periods:
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


def examples(
    connection: "duckdb.DuckDBPyConnection",
    model: "Model",
    features: Sequence[str],
    as_of_dates: Sequence[date],
) -> pl.DataFrame:
    """Customers of a model at as-of days, ordered by both, with features and outcomes; a sample of very many.

    There are about `model.most_rows` at most, and all rows of a customer or none: the sample goes by a hash
    of the id. Columns: as_of_date, customer_id, the features, the model's own and those of ORDER_FEATURES as
    32-bit floats, outcome and early_outcome as doubles.
    """
    days = ", ".join(map(date_literal, as_of_dates))
    connection.execute(
        f"""
        create or replace temp table came_true as
        with days as (select unnest([{days}]) as as_of_date)
        select * from ({model.outcome.facts})
        """
    )
    of_whom = "" if model.outcome.is_of_everybody else "semi join came_true using (customer_id, as_of_date)"
    among = f"""
        intermediate.past_customer_features {of_whom}
        where as_of_date in ({days}) and ({model.population})
    """
    ((count,),) = connection.sql(f"select count(*) from {among}").fetchall()
    share = min(model.most_rows / max(count, 1), 1)
    found = pl.DataFrame(
        connection.sql(
            f"""
            with features as (

                select * from {among} and hash(customer_id) % {GRAINS} < {round(share * GRAINS)}

            )

            select
                features.as_of_date,
                features.customer_id,
                {floats(model, features)},
                cast({model.outcome.value} as double) as outcome,
                cast({model.outcome.early} as double) as early_outcome
            from features
            {with_own(model)}
            left join came_true
                on features.customer_id = came_true.customer_id and features.as_of_date = came_true.as_of_date
            order by features.as_of_date, features.customer_id
            """
        )
    )
    connection.execute("drop table came_true")
    return found


def floats(model: "Model", features: Sequence[str]) -> str:
    """The select list of some features, of what the model's rules ask for, and of the model's own."""
    own = model.own.features if model.own else {}
    names = [name for name in (*features, *ORDER_FEATURES, *model.rule_features) if name not in own]
    shared = [f"cast(features.{name} as float) as {name}" for name in dict.fromkeys(names)]
    return ",\n".join(
        [*shared, *(f"cast(coalesce(own.{name}, {none}) as float) as {name}" for name, none in own.items())]
    )


def with_own(model: "Model") -> str:
    """The join of the model's own features to `features`, if it has any."""
    if not model.own:
        return ""
    return f"""
        left join ({model.own.facts}) as own
            on features.customer_id = own.customer_id and features.as_of_date = own.as_of_date
    """


def orders_after(horizon_days: int) -> str:
    """The facts of an outcome: what a customer ordered after a day, within the horizon.

    Columns: early_order_count, later_order_count and later_order_amount, less refunds.
    """
    return f"""
        select
            orders.customer_id,
            days.as_of_date,
            count(case when orders.order_date <= days.as_of_date + {EARLY_DAYS} then 1 end)
                as early_order_count,
            count(*) as later_order_count,
            sum(orders.amount - coalesce(orders.refunded_amount, 0)) as later_order_amount
        from marts.orders as orders
        inner join days
            on orders.order_date between days.as_of_date + 1 and days.as_of_date + {horizon_days}
        where orders.customer_id is not null
        group by orders.customer_id, days.as_of_date
    """
