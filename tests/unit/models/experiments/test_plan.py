"""How many units it takes: checked against the textbook, and against traffic that we know."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from regulars.models.experiments.plan import Traffic, plan, units_of_arm
from regulars.store.errors import UserError
from regulars.store.experiments import Experiment

NIGHT = date(2024, 6, 30)
Make = Callable[..., Experiment]


@pytest.fixture(scope="module")
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """400 customers in the segment, four of them new each week; every fourth was reached, as things stand."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            """
            create table customer_segment_history as
                select 'c_' || i as customer_id, 'engaged' as segment_id,
                    if(i < 16, date '2024-06-30' - cast(i * 7 // 4 as integer), date '2024-01-01')
                        as entered_date,
                    null::date as exited_date
                from range(400) as numbers(i)
                union all select 'c_gone', 'engaged', date '2024-01-01', date '2024-02-01';
            create table customer_segments as select customer_id, segment_id from customer_segment_history
                where exited_date is null;
            create table decision_trace as
                select customer_id, 'ten_dollars' as action_id, 'orchestrated' as program_group,
                    if(right(customer_id, 1) in ('0', '4'), 'cap', 'permission') as stopped_by
                from customer_segments;
            create table orders as
                select 'c_' || i as customer_id, date '2024-06-30' - cast(day as integer) as order_date,
                    (20 + (i * 37) % 50)::decimal(18, 4) as amount, 0::decimal(18, 4) as refunded_amount
                from range(400) as numbers(i) cross join range(5, 60, 20) as days(day)
                where md5_number_upper(i || ' ' || day) % 3 = 0;
            """
        )
        yield connection


def test_units_are_those_of_the_textbook(experiment: Make) -> None:
    draws = np.random.default_rng(5).lognormal(3, 1, 4000)
    sample = pl.DataFrame({"revenue": draws, "revenue_before": draws})
    z = norm.ppf(0.975) + norm.ppf(0.8)
    (found,) = units_of_arm(sample, experiment(), [0.1], is_cuped=False)
    assert found == pytest.approx(2 * z**2 * draws.var(ddof=1) / (0.1 * draws.mean()) ** 2, rel=0.01)


def test_what_is_known_from_before_saves_units(experiment: Make) -> None:
    rng = np.random.default_rng(6)
    before = rng.lognormal(3, 1, 4000)
    sample = pl.DataFrame({"revenue": before + rng.lognormal(3, 1, 4000), "revenue_before": before})
    plain, cuped = (units_of_arm(sample, experiment(), [0.1], is_cuped=known)[0] for known in (False, True))
    # half of the variance was there before
    assert cuped / plain == pytest.approx(0.5, abs=0.15)


def test_a_small_arm_and_several_comparisons_need_more(experiment: Make) -> None:
    sample = pl.DataFrame({"revenue": np.random.default_rng(7).lognormal(3, 1, 2000)})
    shares = (("dollars", "ten_dollars", "0.8"), ("percent", "ten_percent", "0.2"))
    small = experiment(arms=[{"id": arm, "action": action, "share": share} for arm, action, share in shares])
    three = experiment(
        arms=[
            {"id": "dollars", "action": "ten_dollars", "share": "0.4"},
            {"id": "percent", "action": "ten_percent", "share": "0.3"},
            {"id": "gift", "action": "gift", "share": "0.3"},
        ]
    )
    two, one_small, of_three = (
        units_of_arm(sample, each, [0.1], is_cuped=False)[0] for each in (experiment(), small, three)
    )
    # of an arm a quarter as large as the control: (1 + 1/4) / 2 of its units, but five of its size in all
    assert one_small == pytest.approx(two * 5 / 8, rel=0.01)
    assert of_three > two


def test_a_plan_tells_units_weeks_and_when_it_can_be_read(
    published: duckdb.DuckDBPyConnection, experiment: Make
) -> None:
    found = plan(published, experiment(), NIGHT)
    assert (found.traffic.members, found.traffic.reached) == (400, 80)
    assert found.traffic.entered_per_week == 4
    assert found.customers == 400 - 16 + len([1 for i in range(16) if i * 7 // 4 >= 30])
    assert [round(one.effect, 2) for one in found.needed] == [0.05, 0.1, 0.15, 0.2]
    units = [one.units for one in found.needed]
    assert units == sorted(units, reverse=True)
    assert found.declared.effect == 0.1
    readable = [(one.weeks, one.readable_days) for one in found.needed if one.weeks]
    assert all(days == weeks * 7 + 30 and weeks >= 4 for weeks, days in readable)
    effects = [effect for _, _, effect in found.smallest if effect is not None]
    assert effects == sorted(effects, reverse=True)


@pytest.mark.parametrize("name", ["orders", "conversion", "average_order_value", "retention"])
def test_every_metric_can_be_planned(
    published: duckdb.DuckDBPyConnection, experiment: Make, name: str
) -> None:
    found = plan(published, experiment(metric={"name": name, "horizon_days": 30}), NIGHT)
    assert found.declared.units > 0
    assert found.mean > 0


def test_who_is_kept_is_planned_by_who_ordered_in_the_second_half(
    published: duckdb.DuckDBPyConnection, experiment: Make
) -> None:
    kept, ordered = (
        plan(published, experiment(metric={"name": name, "horizon_days": 30}), NIGHT)
        for name in ("retention", "conversion")
    )
    # days 5 and 25 before the night are in the horizon, and the first of them alone in its second half
    assert 0 < kept.mean < ordered.mean
    assert kept.declared.without_cuped > ordered.declared.without_cuped


def test_a_metric_that_does_not_vary_cannot_be_planned(experiment: Make) -> None:
    same = pl.DataFrame({"revenue": [1.0] * 200})
    with pytest.raises(UserError, match="everybody of the segment did the same"):
        units_of_arm(same, experiment(), [0.1], is_cuped=False)


def test_time_follows_from_who_is_there_and_who_comes() -> None:
    traffic = Traffic(members=400, reached=100, entered_per_week=40)
    assert [traffic.units_within(weeks) for weeks in (0, 1, 10)] == [100, 110, 200]
    assert (traffic.weeks_until(150), traffic.weeks_until(80)) == (5, 1)
    assert Traffic(400, 100, 0).weeks_until(101) is None
    assert Traffic(0, 0, 10).weeks_until(1) is None


def test_a_segment_without_a_past_cannot_be_planned(
    published: duckdb.DuckDBPyConnection, experiment: Make
) -> None:
    with pytest.raises(UserError, match="nothing can be planned from 0 customers"):
        plan(published, experiment(segment="lapsed"), NIGHT)
    with pytest.raises(UserError, match="of whom 0 ordered within 30 days"):
        plan(published, experiment(), NIGHT + timedelta(days=60))
