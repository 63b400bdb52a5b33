"""The stage of groups and arms: what reaches whom while something is tried, and after."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from regulars.models.decisions.decide import decide
from regulars.models.experiments.groups import group_sql
from regulars.store.experiments import Experiment
from tests.unit.models.experiments.conftest import EXPERIMENT, NIGHT

Make = Callable[..., Any]
DOLLARS = {"id": "ten_dollars"}
PERCENT = {"id": "ten_percent", "offer": "10 percent off", "value": 30}
NONE_BY_CHANCE: dict[str, object] = {"exploration_share": 0}


def experiment(**more: object) -> Experiment:
    return Experiment.model_validate(EXPERIMENT | more)


def shop(warehouse: Make, customers: int = 40, *, night: date = NIGHT) -> duckdb.DuckDBPyConnection:
    names = [f"c_{number:03}" for number in range(customers)]
    connection: duckdb.DuckDBPyConnection = warehouse(
        [{"customer_id": one, "email": f"{one}@b.de"} for one in names], night=night
    )
    connection.execute(
        "insert into marts.customer_segments select customer_id, 'engaged' from marts.customers"
    )
    return connection


def chosen(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.sql("select customer_id, action_id from decisions.next_actions").fetchall())


def arms(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.sql("select customer_id, arm from decisions.experiment_assignments").fetchall())


def test_everybody_in_the_experiment_gets_what_her_arm_gets(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = shop(warehouse)
    connection.execute("delete from marts.customer_segments where customer_id < 'c_010'")
    decide(connection, catalogue(DOLLARS, PERCENT), channels(), [experiment()])
    found, actions = arms(connection), {"dollars": "ten_dollars", "percent": "ten_percent"}
    assert set(found.values()) == {"dollars", "percent"}
    # who is in none gets the control's, though the other scores higher
    assert chosen(connection) == {
        one: actions[found.get(one, "dollars")] for one in (f"c_{number:03}" for number in range(40))
    }
    reasons = connection.sql(
        "select distinct stopped_by, reason_code, reason, arms from decisions.decision_trace"
        " where reason_code = 'other_arm' and channel = 'email' order by all"
    ).fetchall()
    said = "{} is for arm '{}' of experiment 'offer_kind', in which she is not"
    assert reasons == [
        ("experiment", "other_arm", said.format("ten_dollars", "dollars"), "offer_kind/percent"),
        ("experiment", "other_arm", said.format("ten_percent", "percent"), "offer_kind/dollars"),
        ("experiment", "other_arm", said.format("ten_percent", "percent"), None),
    ]


def test_an_exposure_means_the_same_in_all_arms(warehouse: Make, catalogue: Make, channels: Make) -> None:
    """The percent's channel is closed to nobody, the dollars' to those without an address: both count."""
    connection = shop(warehouse)
    connection.execute(
        "update marts.customers set email = null, customer_ref = null where customer_id < 'c_010'"
    )
    connection.execute("delete from marts.customer_permissions where customer_id between 'c_010' and 'c_014'")
    actions = catalogue(DOLLARS, PERCENT | {"eligible_when": "customer_id >= 'c_020'"})
    decide(connection, actions, channels(), [experiment()])
    exposed = connection.sql(
        "select min(customer_id), count(*), count(distinct arm), any_value(first_exposed_date)"
        " from decisions.experiment_assignments where first_exposed_date is not null"
    ).fetchall()
    assert exposed == [("c_015", 25, 2, NIGHT)]


def test_outside_its_days_the_control_is_used_until_somebody_decides(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    kept = {
        "arm": "percent",
        "by": "ann",
        "date": date(2024, 7, 20),
        "because": "it brought more",
        "learned": "percent work better",
    }
    for night, more, action in (
        (date(2024, 6, 2), {}, "ten_dollars"),
        (date(2024, 7, 15), {}, "ten_dollars"),
        (date(2024, 7, 15), {"decision": kept}, "ten_percent"),
    ):
        connection = shop(warehouse, 3, night=night)
        decide(connection, catalogue(DOLLARS, PERCENT), channels(), [experiment(**more)])
        assert set(chosen(connection).values()) == {action}
        assert arms(connection) == {}


def test_the_holdout_gets_no_marketing_and_the_generic_group_the_generic(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    policy = NONE_BY_CHANCE | {"holdout_share": 0.15, "generic_share": 0.15}
    connection = shop(warehouse, 120)
    usual = {"id": "usual", "generic": True, "value": 10}
    survey = {"id": "survey", "action_class": "service", "value": 8}
    decide(connection, catalogue(usual, PERCENT, survey, policy=policy), channels())
    found = dict(connection.sql("select customer_id, program_group from decisions.program_groups").fetchall())
    gets = {"holdout": "survey", "generic": "usual", "orchestrated": "ten_percent"}
    assert set(found.values()) == set(gets)
    assert chosen(connection) == {customer: gets[group] for customer, group in found.items()}
    codes = connection.sql(
        "select distinct program_group, reason_code from decisions.decision_trace"
        " where stopped_by = 'experiment' order by all"
    ).fetchall()
    assert codes == [("generic", "generic_group"), ("holdout", "holdout")]


def test_no_draw_decides_of_the_groups(warehouse: Make, catalogue: Make, channels: Make) -> None:
    policy = {"exploration_share": 0.2, "holdout_share": 0.15, "generic_share": 0.15}
    connection = shop(warehouse, 120)
    decide(connection, catalogue(PERCENT | {"generic": True}, policy=policy), channels())
    drawn = connection.sql(
        "select distinct program_group from decisions.exploration_log"
        " inner join decisions.program_groups using (customer_id)"
    ).fetchall()
    assert drawn == [("orchestrated",)]


def test_an_experiment_on_the_policy_scores_each_arm_by_its_own(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = shop(warehouse)
    connection.execute(
        "insert into predictions.ltv_scores by name select customer_id, 90 as horizon_days,"
        " if(customer_id < 'c_020', 10.0, 30.0)::double as expected_amount, 'v1' as version"
        " from marts.customers"
    )
    by_policy = experiment(
        id="who_scores",
        factor="policy",
        arms=[
            {"id": "by_rules", "share": "0.5", "policy": "rules"},
            {"id": "by_model", "share": "0.5", "policy": "model"},
        ],
        control={"arm": "by_rules", "kind": "previous"},
    )
    decide(connection, catalogue({}), channels(), [by_policy])
    found = connection.sql(
        "select distinct arms.arm, trace.response_rate, split_part(trace.policy, '-', 1)"
        " from decisions.decision_trace as trace inner join decisions.experiment_assignments as arms"
        " using (customer_id) where arms.first_exposed_date is not null order by all"
    ).fetchall()
    assert found == [("by_model", 0.05, "model"), ("by_model", 0.15, "model"), ("by_rules", 0.1, "rules")]
    different = connection.sql(
        "select count(*) from decisions.next_actions as actions inner join decisions.decision_trace as trace"
        " on actions.decision_id = trace.decision_id and actions.policy <> trace.policy"
    ).fetchall()
    assert different == [(0,)]


def test_a_group_is_the_same_in_whatever_order_shares_were_declared() -> None:
    with duckdb.connect() as connection:
        small, large = (group_sql("unit", Decimal(share), Decimal("0.05")) for share in ("0.05", "0.1"))
        moved = connection.sql(
            f"select distinct {small} as before, {large} as after"
            " from (select 'u_' || number as unit from range(5000) as numbers(number)) order by all"
        ).fetchall()
    assert moved == [
        ("generic", "generic"),
        ("holdout", "holdout"),
        ("orchestrated", "holdout"),
        ("orchestrated", "orchestrated"),
    ]
