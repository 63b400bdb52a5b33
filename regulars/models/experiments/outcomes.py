"""What became of the units of a cohort: one row per unit and horizon, and the moments of each arm.

A cohort is an experiment, or the whole program of a quarter. Every unit has an anchor, the night that exposed
it: its days after the anchor up to the horizon count. As many days up to its baseline, the last on which
nothing had set the arms apart, are what is known of it already; in an experiment both are the same night.
Only moments leave the engine, so that no frame of customers comes to Python. Not here: what moments say.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.store.sql import date_literal

if TYPE_CHECKING:
    import duckdb

HORIZONS = (30, 90)


@dataclass(frozen=True)
class Metric:
    """A mean of a measure over units, or where `per` is given the ratio of two means.

    `better` is 1 where more is better and -1 where less is.
    """

    name: str
    measure: str
    per: str | None = None
    better: int = 1


METRICS = {
    metric.name: metric
    for metric in (
        Metric("revenue", "revenue"),
        Metric("orders", "orders"),
        Metric("conversion", "conversion"),
        Metric("average_order_value", "revenue", "orders"),
        Metric("retention", "retention"),
        Metric("returns", "refunded", "gross", better=-1),
        Metric("unsubscribes", "unsubscribes", better=-1),
        Metric("complaints", "complaints", better=-1),
        Metric("csat", "csat_score", "csat_count"),
        Metric("contact_cost", "contact_cost", better=-1),
    )
}

# whole ten-thousandths, as doubles, which hold them exactly and are added much faster than decimals: sums of
# whole numbers are the same in whatever order threads add them
_SCALE = 10_000
# a horizon and its half end a stretch of days, by which days are summed before they are put together
_EDGES = tuple(sorted({edge for days in HORIZONS for edge in (days // 2, days)}))
# what the stretches of a unit say of it, over those that `{of}` names
_SUMMED = {
    "revenue": "order_amount - refunded_amount",
    "orders": f"{_SCALE} * order_count",
    "gross": "order_amount",
    "refunded": "refunded_amount",
    "csat_score": "csat_score",
    "csat_count": f"{_SCALE} * csat_count",
    "contact_cost": "contact_cost",
}
_HAPPENED = {
    "conversion": "order_count",
    # ordered again once the first half was over
    "retention": "order_count * late",
    "unsubscribes": "messages_refused",
    "complaints": "complaint_count",
}
_MEASURES = {name: f"sum(({told}) * {{of}})" for name, told in _SUMMED.items()} | {
    name: f"if(sum({told} * {{of}}) > 0, {_SCALE}, 0)" for name, told in _HAPPENED.items()
}
MEASURES = tuple(_MEASURES)
_SUFFIXES = ("", "_before")
_COLUMNS = tuple(f"{name}{suffix}" for suffix in _SUFFIXES for name in MEASURES)


def _measured(suffix: str, of: str) -> str:
    return ",\n        ".join(
        f"cast({text.format(of=of)} as bigint) as {name}{suffix}" for name, text in _MEASURES.items()
    )


def _stretch(day: str) -> str:
    """SQL for the last day of the stretch, counted on from the anchor or back from the baseline, and side."""
    away = f"if({day} > anchor_date, {day} - anchor_date, baseline_date - {day} + 1)"
    whens = " ".join(f"when {away} <= {edge} then {edge}" for edge in _EDGES)
    return f"unit_number, {day} > anchor_date as is_after, case {whens} end as last_day"


def _near(day: str) -> str:
    return (
        f"(({day} > baseline_date - {_EDGES[-1]} and {day} <= baseline_date)"
        f" or ({day} > anchor_date and {day} <= anchor_date + {_EDGES[-1]}))"
    )


def _scaled(amount: str) -> str:
    return f"sum(cast({amount} * {_SCALE} as double))"


# cohort_members: cohort_id, unit_id, arm, customer_id, anchor_date, baseline_date
UNITS = """
create or replace temp table cohort_units as
select
    row_number() over (order by cohort_id, unit_id, arm) as unit_number,
    cohort_id, unit_id, arm,
    min(min(anchor_date)) over (partition by cohort_id, unit_id) as anchor_date,
    min(min(baseline_date)) over (partition by cohort_id, unit_id) as baseline_date
from cohort_members
group by cohort_id, unit_id, arm
"""

# units by number and days by handle, because to join by texts takes three times as long
UNIT_OUTCOMES = f"""
create or replace temp table unit_outcomes as
with

people as (

    select distinct
        units.unit_number,
        units.anchor_date,
        units.baseline_date,
        coalesce(aliases.customer_id, members.customer_id) as customer_id
    from cohort_members as members
    inner join cohort_units as units using (cohort_id, unit_id, arm)
    left join marts.customer_aliases as aliases on members.customer_id = aliases.alias_id

),

handles as (

    select people.unit_number, people.anchor_date, people.baseline_date, handles.handle_id
    from people
    inner join intermediate.int_customer_handles as handles on people.customer_id = handles.customer_id

),

stretches as (

    select
        {_stretch("active_date")},
        {_scaled("order_amount")} as order_amount,
        {_scaled("refunded_amount")} as refunded_amount,
        sum(cast(order_count as double)) as order_count,
        sum(cast(messages_refused as double)) as messages_refused,
        sum(cast(complaint_count as double)) as complaint_count,
        0.0::double as csat_score,
        0.0::double as csat_count,
        0.0::double as contact_cost
    from intermediate.customer_days
    inner join handles using (handle_id)
    where fact_kind in ('order', 'message', 'ticket') and {_near("active_date")}
    group by all
    union all
    select
        {_stretch("answered_date")},
        0, 0, 0, 0, 0,
        {_scaled("cast(score as decimal(18, 4))")},
        count(*),
        0
    from staging.stg_survey_responses
    inner join handles using (handle_id)
    where kind = 'csat' and score is not null and {_near("answered_date")}
    group by all
    union all
    select
        {_stretch("message_date")},
        0, 0, 0, 0, 0, 0, 0,
        {_scaled("coalesce(cost_amount, cost_per_send, 0)")}
    from staging.stg_messages
    inner join handles using (handle_id)
    left join channel_costs using (channel)
    where event = 'sent' and {_near("message_date")}
    group by all

),

horizons as (from (values {", ".join(f"({days})" for days in HORIZONS)}) as horizons(horizon_days)),

in_horizon as (

    select
        * exclude (last_day, is_after),
        cast(is_after as double) as after,
        1 - after as before,
        cast(if(is_after, last_day * 2 > horizon_days, last_day * 2 <= horizon_days) as double) as late
    from stretches
    inner join horizons on stretches.last_day <= horizons.horizon_days

),

measured as (

    select
        unit_number,
        horizon_days,
        {_measured("", "after")},
        {_measured("_before", "before")}
    from in_horizon
    group by unit_number, horizon_days

)

select
    units.cohort_id,
    units.unit_id,
    units.arm,
    horizons.horizon_days,
    {", ".join(f"coalesce(measured.{name}, 0) as {name}" for name in _COLUMNS)}
from cohort_units as units
cross join horizons
left join measured
    on units.unit_number = measured.unit_number and horizons.horizon_days = measured.horizon_days
where units.anchor_date + horizons.horizon_days <= {{outcomes_until}}
"""


def _pairs() -> list[tuple[str, str]]:
    """Columns whose products some metric needs, each pair once, in alphabetical order."""
    pairs = set()
    for metric in METRICS.values():
        columns = [f"{part}{suffix}" for part in (metric.measure, metric.per) if part for suffix in _SUFFIXES]
        pairs |= {(one, other) for one in columns for other in columns if one <= other}
    return sorted(pairs)


_PAIRS = _pairs()

# unit_breakdowns: cohort_id, unit_id, breakdown
MOMENTS = f"""
with

parts as (

    select *, '' as breakdown from unit_outcomes
    union all
    select unit_outcomes.*, unit_breakdowns.breakdown
    from unit_outcomes
    inner join unit_breakdowns using (cohort_id, unit_id)

)

select
    cohort_id,
    horizon_days,
    breakdown,
    arm,
    count(*) as units,
    {", ".join(f"sum({name})" for name in _COLUMNS)},
    {", ".join(f"sum({one}::hugeint * {other})" for one, other in _PAIRS)}
from parts
group by cohort_id, horizon_days, breakdown, arm
order by cohort_id, horizon_days, breakdown, arm
"""


@dataclass(frozen=True)
class Moments:
    """How many units an arm has, and exact sums of their measures and of products of two."""

    units: int
    sums: dict[str, int]
    products: dict[tuple[str, str], int]

    def mean(self, column: str) -> float:
        """Mean of a measure, in its own units."""
        return self.sums[column] / (self.units * _SCALE)

    def covariance(self, one: str, other: str) -> float:
        """Sample covariance of two measures that some metric uses together; 0 of a single unit."""
        if self.units < 2:  # noqa: PLR2004 (one unit varies with nothing)
            return 0.0
        pair = (one, other) if one <= other else (other, one)
        scatter = self.units * self.products[pair] - self.sums[one] * self.sums[other]
        return scatter / (self.units * (self.units - 1) * _SCALE**2)


@dataclass(frozen=True, order=True)
class Part:
    """Which units moments are of: a cohort at a horizon, all of it or a breakdown, and the arm."""

    cohort_id: str
    horizon_days: int
    breakdown: str
    arm: str


def measure_outcomes(connection: "duckdb.DuckDBPyConnection", *, outcomes_until: date) -> dict[Part, Moments]:
    """Moments of every arm, by part; breakdown '' is everybody. Money is in the store's currency.

    Measures are those of METRICS, and the same until the baseline with `_before` behind the name. Units whose
    horizon is not over by `outcomes_until` are left out, and arms without any.

    Reads the temporary tables cohort_members, cohort_units, unit_breakdowns and channel_costs,
    marts.customer_aliases, intermediate.int_customer_handles, intermediate.customer_days,
    staging.stg_survey_responses and staging.stg_messages; leaves the temporary table unit_outcomes.
    """
    connection.execute(UNIT_OUTCOMES.format(outcomes_until=date_literal(outcomes_until)))
    return {Part(*row[:4]): _moments(row[4:]) for row in connection.sql(MOMENTS).fetchall()}


def _moments(row: tuple[Any, ...]) -> Moments:
    units, *numbers = row
    sums, products = numbers[: len(_COLUMNS)], numbers[len(_COLUMNS) :]
    return Moments(
        units,
        {name: int(total) for name, total in zip(_COLUMNS, sums, strict=True)},
        {pair: int(total) for pair, total in zip(_PAIRS, products, strict=True)},
    )
