"""How many units an experiment needs, and how long it takes until it has them, from the store's own past.

Whoever was in the segment one horizon ago is who an experiment would have begun with: what they did since is
the metric, and what they did in a horizon before is what CUPED takes away from its variance (Deng, Xu, Kohavi
and Walker 2013, "Improving the sensitivity of online controlled experiments"). Power is tea-tasting's.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.experiments import REACHED_BEFORE
from regulars.store.errors import UserError
from regulars.store.experiments import LEAST_DAYS, WEEK_DAYS
from regulars.store.sql import date_literal, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from tea_tasting import RatioOfMeans

    from regulars.store.experiments import Experiment

# the declared effect, and half, one and a half, and twice as much
EFFECTS = (0.5, 1.0, 1.5, 2.0)
WEEKS = (4, 6, 8, 12, 16, 26)
TRAFFIC_DAYS = 28
FEWEST_CUSTOMERS, FEWEST_WITH_ORDERS = 100, 20

SAMPLE = """
with

members as (

    select distinct customer_id
    from customer_segment_history
    where segment_id = {segment}
        and entered_date <= {since}
        and (exited_date is null or exited_date > {since})

),

orders_of_members as (

    select
        orders.customer_id,
        orders.order_date > {since} as is_after,
        orders.order_date > {since} - {half} and (
            orders.order_date <= {since} or orders.order_date > {since} + {half}
        ) as is_late,
        coalesce(orders.amount, 0) - coalesce(orders.refunded_amount, 0) as amount
    from orders
    inner join members on orders.customer_id = members.customer_id
    where orders.order_date > {since} - {horizon} and orders.order_date <= {since} + {horizon}

)

select
    members.customer_id,
    cast(coalesce(sum(amount) filter (is_after), 0) as double) as revenue,
    cast(coalesce(sum(amount) filter (not is_after), 0) as double) as revenue_before,
    cast(count(*) filter (is_after) as double) as orders,
    cast(count(*) filter (not is_after) as double) as orders_before,
    cast(count(*) filter (is_after) > 0 as double) as conversion,
    cast(count(*) filter (not is_after) > 0 as double) as conversion_before,
    cast(count(*) filter (is_after and is_late) > 0 as double) as retention,
    cast(count(*) filter (not is_after and is_late) > 0 as double) as retention_before
from members
left join orders_of_members on members.customer_id = orders_of_members.customer_id
group by members.customer_id
order by members.customer_id
"""

TRAFFIC = """
with

members as (

    select customer_id from customer_segments where segment_id = {segment}

),

reached as (

    select distinct trace.customer_id
    from decision_trace as trace
    inner join members on trace.customer_id = members.customer_id
    where coalesce(trace.stopped_by, '') not in ({earlier})
        and ({any_action} or trace.action_id in ({actions}))
        and trace.program_group = 'orchestrated'

),

entered as (

    select distinct customer_id from customer_segment_history
    where segment_id = {segment} and entered_date > {day} - {days} and entered_date <= {day}

)

select
    (select count(*) from members) as members,
    (select count(*) from reached) as reached,
    (select count(*) from entered) as entered
"""


@dataclass(frozen=True)
class Traffic:
    """Members of the segment tonight, how many of them an arm would reach, and who enters it in a week."""

    members: int
    reached: int
    entered_per_week: float

    def units_within(self, weeks: float) -> int:
        """How many would be exposed within so many weeks."""
        share = self.reached / self.members if self.members else 0
        return int(self.reached + self.entered_per_week * share * weeks)

    def weeks_until(self, units: int) -> int | None:
        """In how many weeks so many would be exposed; None if never, or not in ten years."""
        return next((weeks for weeks in range(1, 521) if self.units_within(weeks) >= units), None)


@dataclass(frozen=True)
class Needed:
    """What it takes to see an effect: units of an arm without and with CUPED, weeks, and days to read."""

    effect: float
    without_cuped: int
    units: int
    weeks: int | None
    readable_days: int | None


@dataclass(frozen=True)
class Plan:
    """What an experiment needs, and what else it could see; `smallest` is an effect for each of WEEKS."""

    experiment: "Experiment"
    customers: int
    mean: float
    cuped_gain: float
    traffic: Traffic
    needed: tuple[Needed, ...]
    smallest: tuple[tuple[int, int, float | None], ...]

    @property
    def declared(self) -> Needed:
        """What its own minimum effect needs."""
        return next(needed for needed in self.needed if needed.effect == self.experiment.minimum_effect)


def plan(connection: "duckdb.DuckDBPyConnection", experiment: "Experiment", day: date) -> Plan:
    """What the experiment needs, from a published night of `day`.

    Raises:
        UserError: The segment's past is too short, or too few of it ordered.
    """
    sample = _sample(connection, experiment, day)
    traffic = _traffic(connection, experiment, day)
    least = experiment.minimum_effect
    effects = [least * factor for factor in EFFECTS]
    plain, cuped = (
        units_of_arm(sample, experiment, effects, is_cuped=is_cuped) for is_cuped in (False, True)
    )
    return Plan(
        experiment=experiment,
        customers=sample.height,
        mean=_mean(sample, experiment),
        cuped_gain=1 - cuped[1] / plain[1],
        traffic=traffic,
        needed=tuple(
            _needed(experiment, traffic, *sizes) for sizes in zip(effects, plain, cuped, strict=True)
        ),
        smallest=tuple(
            (weeks, traffic.units_within(weeks), _smallest(sample, experiment, traffic.units_within(weeks)))
            for weeks in WEEKS
        ),
    )


def _needed(
    experiment: "Experiment", traffic: Traffic, effect: float, without_cuped: int, units: int
) -> Needed:
    weeks = traffic.weeks_until(ceil(units / _smallest_share(experiment)))
    least = ceil(max(LEAST_DAYS, 2 * experiment.cycle_days) / WEEK_DAYS)
    weeks = None if weeks is None else max(weeks, least)
    days = None if weeks is None else weeks * WEEK_DAYS + experiment.metric.horizon_days
    return Needed(effect, without_cuped, units, weeks, days)


def units_of_arm(
    sample: pl.DataFrame, experiment: "Experiment", effects: "Sequence[float]", *, is_cuped: bool
) -> list[int]:
    """Units that the smallest arm needs to see each of the relative effects.

    With more than two arms alpha is divided by the comparisons with the control (Bonferroni), which is more
    careful than what results are corrected by.

    Raises:
        UserError: The metric does not vary.
    """
    ratio = _ratio(experiment)
    metric = _metric(experiment, is_cuped=is_cuped, rel_effect_size=tuple(effects))
    try:
        found = metric.solve_power(sample, "n_obs")
    except ValueError as error:
        raise UserError(
            f"no number of units can be told for {experiment.metric.name}: everybody of the segment did the"
            " same, or just what she did before",
            remedy="name another metric, or set a sample_size by hand",
        ) from error
    return [ceil(each.n_obs * ratio / (1 + ratio)) for each in found]


def _smallest(sample: pl.DataFrame, experiment: "Experiment", units: int) -> float | None:
    """The smallest relative effect that so many units in all could show; None of hardly any."""
    pair = int(units * (_smallest_share(experiment) + float(experiment.control_arm.share)))
    if pair < FEWEST_CUSTOMERS:
        return None
    (found,) = _metric(experiment, is_cuped=True, n_obs=pair).solve_power(sample, "rel_effect_size")
    return float(found.rel_effect_size)


def _smallest_share(experiment: "Experiment") -> float:
    control = experiment.control.arm
    return float(min(arm.share for arm in experiment.arms if arm.id != control))


def _ratio(experiment: "Experiment") -> float:
    return _smallest_share(experiment) / float(experiment.control_arm.share)


def _metric(experiment: "Experiment", *, is_cuped: bool, **solved: object) -> "RatioOfMeans":
    from tea_tasting import RatioOfMeans  # noqa: PLC0415 (four seconds, which only planning needs)

    value, per = _columns(experiment)
    covariates = {
        "numer_covariate": f"{value}_before",
        "denom_covariate": per and f"{per}_before",
    }
    return RatioOfMeans(
        value,
        per,
        **(covariates if is_cuped else {}),
        alpha=experiment.alpha / (len(experiment.arms) - 1),
        power=experiment.power,
        ratio=_ratio(experiment),
        # its solver begins with three units, of which no t has a distribution where arms differ in size
        use_t=False,
        **solved,
    )


def _columns(experiment: "Experiment") -> tuple[str, str | None]:
    """What is summed, and by what it is divided."""
    name = experiment.metric.name
    if name == "average_order_value":
        return "revenue", "orders"
    return name, None


def _mean(sample: pl.DataFrame, experiment: "Experiment") -> float:
    value, per = _columns(experiment)
    return float(sample[value].sum()) / float(sample[per].sum() if per else sample.height)


def _sample(connection: "duckdb.DuckDBPyConnection", experiment: "Experiment", day: date) -> pl.DataFrame:
    horizon = experiment.metric.horizon_days
    since = day - timedelta(days=horizon)
    query = SAMPLE.format(
        segment=literal(experiment.segment), since=date_literal(since), horizon=horizon, half=horizon // 2
    )
    found = pl.DataFrame(connection.sql(query))
    with_orders = found.filter(pl.col("orders") > 0).height
    if found.height < FEWEST_CUSTOMERS or with_orders < FEWEST_WITH_ORDERS:
        raise UserError(
            f"nothing can be planned from {found.height} customers who were in segment"
            f" '{experiment.segment}' on {since}, of whom {with_orders} ordered within {horizon} days; that"
            f" takes {FEWEST_CUSTOMERS} and {FEWEST_WITH_ORDERS}",
            remedy=f"wait until {horizon} days of nights are published, name a larger segment, or set a"
            " sample_size by hand",
        )
    return found


def _traffic(connection: "duckdb.DuckDBPyConnection", experiment: "Experiment", day: date) -> Traffic:
    actions = [literal(arm.action) for arm in experiment.arms if arm.action]
    query = TRAFFIC.format(
        segment=literal(experiment.segment),
        earlier=", ".join(literal(stage) for stage in REACHED_BEFORE),
        any_action="true" if not actions else "false",
        actions=", ".join(actions) or "''",
        day=date_literal(day),
        days=TRAFFIC_DAYS,
    )
    ((members, reached, entered),) = connection.execute(query).fetchall()
    return Traffic(members, reached, entered * WEEK_DAYS / TRAFFIC_DAYS)
