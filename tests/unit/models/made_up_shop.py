"""A shop of 3,000 customers whose habits we know, with the tables that statistical models read.

A customer orders at random at a rate of her own until she leaves, which nobody is told, and comes to look
round as often; visits in the last 30 days show a living customer better than her orders do. Four of five
orders are of the category that she likes, bread or, one customer in three, tea.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.data_quality.checks import Night, NoRows
from regulars.data_quality.suites.predictions import checks
from regulars.models.learning.registry import Registry
from regulars.models.predictions.predict import NO_WORDS, predict
from regulars.models.predictions.tables import TABLES
from regulars.store.features import features
from regulars.store.model_words import ModelWord
from regulars.store.training import Training
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.connection import Warehouse
from regulars.warehouse.session import lent

if TYPE_CHECKING:
    import duckdb

CUSTOMERS = 3_000
FAITHFUL = 0.8
FIRST_DATE = date(2024, 4, 1)
NIGHT = date(2025, 6, 30)
SETTINGS = Training(most_rows=50_000)
PROGRAM = "p1"
READY = {
    "days of orders": 270,
    "active customers": 5_000,
    "customers who stayed": 100,
    "customers who left": 100,
}
ANSWERS = {"messages answered": 100}
NO_TOUCHES = """
create schema if not exists staging;
create or replace table marts.customer_touchpoints (
    customer_id varchar, source varchar, message_ref varchar, channel varchar,
    sent_at timestamp, sent_date date
);
create or replace table staging.stg_messages (
    source varchar, message_ref varchar, channel varchar, event varchar, is_machine boolean,
    occurred_at timestamp, message_date date
)
"""
CARRIED_TABLES = ("model_versions", "model_metrics", "drift")


def _within(days: int, of: str = "orders.order_date") -> str:
    return f"{of} > days.as_of_date - {days}"


FORMULAS = {
    "days_since_first_order": "days.as_of_date - min(orders.order_date)",
    "days_since_last_order": "days.as_of_date - max(orders.order_date)",
    "order_count": "count(*)",
    "order_amount": "sum(orders.amount)",
    "order_gap_mean_days": (
        "(max(orders.order_date) - min(orders.order_date)) / nullif(count(distinct orders.order_date) - 1, 0)"
    ),
    **{f"order_count_{days}d": f"count(*) filter ({_within(days)})" for days in (7, 30, 90, 180, 365)},
    **{
        f"order_amount_{days}d": f"coalesce(sum(orders.amount) filter ({_within(days)}), 0)"
        for days in (7, 30, 90, 180, 365)
    },
    "visit_count_30d": "any_value(visits.visit_count_30d)",
    "top_category": "'bread'",
    "gift_order_count_365d": "0",
}


class People(NamedTuple):
    """Traits that nobody is told; days are counted from FIRST_DATE."""

    first_day: NDArray[np.float64]
    gap_days: NDArray[np.float64]
    last_day: NDArray[np.float64]
    usual_amount: NDArray[np.float64]


class Shop(NamedTuple):
    """The build warehouse of a night, and where its models are kept."""

    warehouse: Warehouse
    models: Path


@cache
def people() -> People:
    """Everybody who will ever order."""
    draws = np.random.default_rng(3)
    first_day = draws.uniform(0, 480, CUSTOMERS)
    return People(
        first_day,
        30 / draws.gamma(1.5, 1 / 1.5, CUSTOMERS),
        first_day + draws.exponential(250, CUSTOMERS),
        draws.lognormal(3.5, 0.5, CUSTOMERS),
    )


@cache
def all_orders() -> pl.DataFrame:
    """Every order of the shop; one in twenty is partly refunded."""
    draws, everybody, most = np.random.default_rng(4), people(), 120
    gaps = draws.exponential(everybody.gap_days[:, None], (CUSTOMERS, most))
    gaps[:, 0] = 0
    days = everybody.first_day[:, None] + gaps.cumsum(axis=1)
    who, _ = np.nonzero(is_there := (days < everybody.last_day[:, None]) & (days < 500))
    amounts = everybody.usual_amount[who] * draws.lognormal(0, 0.3, len(who))
    likes_tea = (who % 3 == 0) == (np.random.default_rng(5).random(len(who)) < FAITHFUL)
    refunds = np.where(draws.random(len(who)) < 0.05, amounts / 2, 0)
    return pl.DataFrame(
        {
            "customer_id": [f"c_{number:04}" for number in who],
            "day": days[is_there].astype(np.int64),
            "amount": amounts.round(2),
            "refunded_amount": refunds.round(2),
            "category": np.where(likes_tea, "Tea", "Bread"),
        }
    ).select(
        pl.concat_str(pl.lit("o_"), pl.int_range(pl.len())).alias("order_id"),
        "customer_id",
        (pl.lit(FIRST_DATE) + pl.duration(days="day")).alias("order_date"),
        (pl.lit(FIRST_DATE) + pl.duration(days="day"))
        .cast(pl.Datetime)
        .dt.offset_by("12h")
        .alias("ordered_at"),
        pl.col("amount", "refunded_amount").cast(pl.Decimal(18, 4)),
        "category",
    )


def visits(as_of: date) -> pl.DataFrame:
    """Visits in the 30 days up to a day: as many as while she is there, and a stray one."""
    draws, everybody, today = np.random.default_rng(as_of.toordinal()), people(), (as_of - FIRST_DATE).days
    days_there = np.clip(everybody.last_day - (today - 30), 0, 30) * (everybody.first_day < today)
    return pl.DataFrame(
        {
            "customer_id": [f"c_{number:04}" for number in range(CUSTOMERS)],
            "as_of_date": as_of,
            "visit_count_30d": draws.poisson(days_there * 3 / everybody.gap_days + 0.05),
        }
    )


def month_ends_before(night: date, count: int) -> list[date]:
    """So many ends of months before a night, ascending, from the first on which anybody had ordered."""
    ends, day = [], night
    for _ in range(count):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return sorted(end for end in ends if end >= FIRST_DATE)


def fill(
    connection: "duckdb.DuckDBPyConnection", night: date, *, month_ends: int = 12, review: date | None = None
) -> None:
    """Everything that predictions read on a night; what they said on the night before is carried on."""
    days = sorted({*month_ends_before(night, month_ends), *([review] if review else []), night})
    reviewed = f"date '{review}'" if review else "null::date"
    connection.execute("create schema if not exists settings")
    connection.execute(
        "create or replace table settings.night as"
        f" select date '{night}' as as_of_date, {reviewed} as review_date"
    )
    _carry(connection)
    connection.execute("create schema if not exists marts; create schema if not exists intermediate")
    with lent(connection, all_orders=all_orders(), visits=pl.concat(map(visits, days))):
        connection.execute(
            "create or replace table marts.orders as from all_orders "
            f"where order_date <= date '{night}' order by hash(order_id)"
        )
        connection.execute(f"create or replace temp table all_features as {_features(days)}")
        _fill_categories(connection, days)
    connection.execute(NO_TOUCHES)
    for table, whose in (("marts.customer_features", "="), ("intermediate.past_customer_features", "<")):
        connection.execute(
            f"create or replace table {table} as from all_features where as_of_date {whose} date '{night}'"
        )
    connection.execute("drop table all_features")
    be_ready(connection)


def _fill_categories(connection: "duckdb.DuckDBPyConnection", days: list[date]) -> None:
    """What was bought in each category by the last of the days, and what is known of it on each."""
    listed, handle = ", ".join(f"date '{day}'" for day in days), "hash(customer_id) as handle_id"
    for table, query in {
        "int_customer_handles": f"select distinct {handle}, customer_id from all_orders",
        "customer_category_days": f"select distinct {handle}, category, order_date as active_date"
        f" from all_orders where order_date <= date '{days[-1]}'",
        "int_categories_ranked": """
            select category, row_number() over (order by count(*) desc) as category_rank
            from all_orders group by category
        """,
        "customer_category_features": f"""
            select days.as_of_date, orders.customer_id, orders.category,
                days.as_of_date - max(orders.order_date) as days_since_last_category_order,
                days.as_of_date - min(orders.order_date) as days_since_first_category_order,
                count(distinct order_date) filter ({_within(90)}) as category_order_day_count_90d,
                count(distinct order_date) filter ({_within(365)}) as category_order_day_count_365d,
                sum(amount) filter ({_within(365)}) as category_order_amount_365d
            from all_orders as orders
            inner join (select unnest([{listed}]) as as_of_date) as days
                on orders.order_date <= days.as_of_date
            group by days.as_of_date, orders.customer_id, orders.category
        """,
    }.items():
        connection.execute(f"create or replace table intermediate.{table} as {query}")


def _carry(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute("create schema if not exists previous")
    said = connection.sql("select 1 from duckdb_tables() where schema_name = 'predictions'").fetchall()
    for table in CARRIED:
        columns = ", ".join(f"{name} {data_type}" for name, data_type in table.columns.items())
        if table.name in CARRIED_TABLES:
            connection.execute(f"create or replace table previous.{table.name} ({columns})")
            if said:
                connection.execute(f"insert into previous.{table.name} from predictions.{table.name}")


def _features(days: list[date]) -> str:
    columns = ",\n".join(
        f"cast({FORMULAS.get(name, 'null')} as {feature.data_type}) as {name}"
        for name, feature in features().items()
    )
    listed = ", ".join(f"date '{day}'" for day in days)
    return f"""
        select days.as_of_date, orders.customer_id, {columns}
        from marts.orders as orders
        inner join (select unnest([{listed}]) as as_of_date) as days on orders.order_date <= days.as_of_date
        inner join visits
            on orders.customer_id = visits.customer_id and days.as_of_date = visits.as_of_date
        group by days.as_of_date, orders.customer_id
    """


def be_ready(connection: "duckdb.DuckDBPyConnection", *, missing: str | None = None) -> None:
    """Say that there is enough to learn from, but of what is `missing`, a tenth of what is needed."""
    rows = [
        {
            "question": "history",
            "subject": subject,
            "counted": needed // 10 if subject == missing else needed,
            "needed": float(needed),
            "is_ready": subject != missing,
        }
        for subject, needed in (READY | ANSWERS).items()
    ]
    with lent(connection, readiness=pl.DataFrame(rows)):
        connection.execute("create or replace table marts.data_readiness as from readiness")


def predicted(
    shop: Shop, settings: Training = SETTINGS, words: Mapping[str, ModelWord] = NO_WORDS
) -> list[str]:
    """Let the models say what they have to; what became of each."""
    with shop.warehouse.connect() as connection:
        return list(predict(connection, Registry(shop.models), settings, program=PROGRAM, words=words))


def rows(shop: Shop, query: str) -> list[dict[str, Any]]:
    """What a query finds in a shop's warehouse."""
    with shop.warehouse.connect() as connection:
        return pl.DataFrame(connection.sql(query)).to_dicts()


def execute(shop: Shop, statement: str) -> None:
    """Change a shop's warehouse."""
    with shop.warehouse.connect() as connection:
        connection.execute(statement)


def go_on(shop: Shop, night: date, *, month_ends: int = 0, review: date | None = None) -> None:
    """Begin a later night; with `month_ends` models may learn on it, with `review` look back on that day."""
    with shop.warehouse.connect() as connection:
        fill(connection, night, month_ends=month_ends, review=review)


def what_breaks_the_gate(shop: Shop) -> set[str]:
    """The checks of the gate after predictions that find something in what models wrote."""
    queries = {
        f"{check.table}.{check.name}": check.rule.query
        for check in checks(Night(as_of=NIGHT, catalog={}, context={}))
        if isinstance(check.rule, NoRows) and check.table.removeprefix("predictions.") in TABLES
    }
    assert len(queries) > 10
    return {name for name, query in queries.items() if rows(shop, query)}
