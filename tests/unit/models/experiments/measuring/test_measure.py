"""What a night writes of its experiments and of the program, and what later nights keep of it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulars.models.experiments.measure import NAMES, measure
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from regulars.store.experiments import Experiment
from tests.unit.models.experiments.measuring.made_up import (
    DAY,
    DECISION,
    START,
    Connection,
    add,
    add_people,
    assign,
    experiment,
    is_night,
    order_daily,
)

Measured = Callable[..., dict[str, list[dict[str, Any]]]]
LAST = START + 27 * DAY


@pytest.fixture
def night(connection: Connection, catalogue: ActionCatalogue, channels: Channels) -> Measured:
    """Measures a night, and lets the next one go on from it."""

    def measured(
        day: date,
        *experiments: Experiment,
        actions: ActionCatalogue = catalogue,
        last_order: date | None = None,
        running_cost: Decimal | None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        is_night(connection, day, last_order=last_order)
        measure(connection, experiments, actions, channels, running_cost=running_cost)
        rows = {}
        for name in NAMES:
            found = connection.sql(f"from measurement.{name}")
            rows[name] = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
            connection.execute(
                f"delete from previous.{name}; insert into previous.{name} from measurement.{name}"
            )
        connection.execute(
            "delete from previous.experiment_assignments;"
            " insert into previous.experiment_assignments from decisions.experiment_assignments"
        )
        return rows

    return measured


@pytest.fixture
def running(connection: Connection) -> Connection:
    """300 people in two arms, all exposed on the first day, who spend twice as much in the arm warm."""
    add_people(connection, 300)
    assign(connection, 300)
    order_daily(connection, first=START - 30 * DAY, days=200, lift=2.0)
    return connection


def state(rows: dict[str, list[dict[str, Any]]]) -> str:
    (row,) = rows["experiments"]
    return str(row["state"])


def primary(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    (row,) = (row for row in rows["experiment_results"] if row["is_primary"])
    return row


def test_a_store_without_experiments_and_groups_measures_nothing(night: Measured) -> None:
    assert night(START) == {"experiments": [], "experiment_results": [], "incrementality": []}


def test_before_it_begins_it_is_planned(night: Measured) -> None:
    assert state(night(START - DAY, experiment())) == "planned"


def test_a_running_experiment_that_reaches_nobody_says_so(night: Measured) -> None:
    assert state(night(START + 9 * DAY, experiment())) == "no_exposures"


@pytest.mark.usefixtures("running")
def test_before_the_floor_there_is_progress_and_no_figure(night: Measured) -> None:
    rows = night(START + 29 * DAY, experiment())
    assert (state(rows), rows["experiment_results"]) == ("running", [])
    rows = night(START + 30 * DAY, experiment(sample_size=200))
    (row,) = rows["experiments"]
    assert (row["state"], row["exposed_count"], row["readable_count"]) == ("ended", 300, 150)
    assert row["progress"] == 0.75
    assert row["state_reason"] == (
        "ended before it could be read: 150 of 200 units in the smallest arm have had 30 days"
    )
    assert rows["experiment_results"] == []


@pytest.mark.usefixtures("running")
def test_from_the_floor_on_it_can_be_read(night: Measured) -> None:
    row = primary(night(START + 30 * DAY, experiment(weeks=8)))
    assert (row["unit_count"], row["control_unit_count"], row["reading"]) == (150, 150, "better")
    assert row["read_by"] == "sequential"
    assert 0.3 < row["lift_low"] < row["lift"] < row["lift_high"]
    assert row["sequential_low"] < row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["difference"] == pytest.approx(row["mean"] - row["control_mean"], abs=1e-5)
    assert row["p_value"] <= row["p_value_adjusted"] < 0.05


@pytest.mark.usefixtures("running")
def test_a_guardrail_of_which_nothing_was_seen_has_no_figures(night: Measured) -> None:
    rows = night(START + 30 * DAY, experiment())
    (row,) = (row for row in rows["experiment_results"] if row["is_guardrail"])
    assert (row["metric"], row["reading"], row["difference"], row["p_value"]) == (
        "complaints",
        "no_outcomes",
        None,
        None,
    )


@pytest.mark.usefixtures("running")
def test_the_longer_horizon_is_told_once_as_many_have_had_it(night: Measured) -> None:
    horizons = {row["horizon_days"] for row in night(START + 89 * DAY, experiment())["experiment_results"]}
    assert horizons == {30}
    horizons = {row["horizon_days"] for row in night(START + 90 * DAY, experiment())["experiment_results"]}
    assert horizons == {30, 90}


@pytest.mark.usefixtures("running")
def test_the_longer_horizon_is_read_for_good_only_when_it_is_over_for_everybody(
    running: Connection, night: Measured
) -> None:
    running.execute(
        f"update decisions.experiment_assignments set first_exposed_date = date '{LAST}'"
        " where cast(customer_id[3:] as integer) >= 240"
    )
    read_by = {
        day: {
            row["horizon_days"]: row["read_by"]
            for row in night(START + day * DAY, experiment())["experiment_results"]
        }
        for day in (95, 117)
    }
    assert read_by == {95: {30: "fixed", 90: "sequential"}, 117: {30: "fixed", 90: "fixed"}}


def test_arms_that_are_not_as_drawn_are_not_read(running: Connection, night: Measured) -> None:
    running.execute(
        "delete from decisions.experiment_assignments where arm = 'warm' and hash(unit_id) % 2 = 0"
    )
    rows = night(START + 30 * DAY, experiment(sample_size=50))
    assert (state(rows), rows["experiment_results"]) == ("sample_ratio_mismatch", [])
    assert rows["experiments"][0]["sample_ratio_p"] < 0.001


@pytest.mark.usefixtures("running")
def test_when_orders_stop_arriving_outcomes_are_missing_and_not_zero(night: Measured) -> None:
    rows = night(START + 40 * DAY, experiment(), last_order=START + 20 * DAY)
    assert (state(rows), rows["experiment_results"]) == ("outcomes_missing", [])


@pytest.mark.usefixtures("running")
def test_without_any_order_no_day_is_named(connection: Connection, night: Measured) -> None:
    connection.execute("delete from intermediate.customer_days")
    rows = night(START + 40 * DAY, experiment(), last_order=date(2099, 1, 1))
    assert (state(rows), rows["experiment_results"]) == ("outcomes_missing", [])
    assert rows["experiments"][0]["state_reason"] == "no order ever arrived: mend what stopped arriving"


def test_when_nobody_ever_ordered_there_is_nothing_to_compare(
    connection: Connection, night: Measured
) -> None:
    add_people(connection, 300)
    assign(connection, 300)
    rows = night(START + 40 * DAY, experiment())
    assert (state(rows), rows["experiment_results"]) == ("outcomes_missing", [])


def test_a_segment_that_vanished_is_said_and_what_was_found_of_it_is_kept(
    running: Connection, night: Measured
) -> None:
    found = night(START + 39 * DAY, experiment(decision=DECISION))
    running.execute("delete from settings.segments where segment_id = 'loyal'")
    rows = night(START + 40 * DAY, experiment(decision=DECISION, sample_size=200))
    assert (state(rows), rows["experiment_results"]) == ("segment_vanished", [])
    rows = night(START + 40 * DAY, experiment(decision=DECISION))
    (row,) = rows["experiments"]
    assert (row["state"], row["stale_reason"]) == ("stale", "segments.yml has no 'loyal' any more")
    assert primary(rows)["lift"] == primary(found)["lift"]


def test_what_the_log_has_lost_is_not_read_on_any_later_night(running: Connection, night: Measured) -> None:
    log, before = "decisions.experiment_assignments", "previous.experiment_assignments"
    night(START + 40 * DAY, experiment())
    assert state(night(START + 41 * DAY, experiment())) == "ended"
    running.execute(f"delete from {before} where customer_id in ('c_7', 'c_8')")
    running.execute(
        f"update {log} set first_exposed_date = date '{START + 42 * DAY}' where customer_id in ('c_7', 'c_8')"
    )
    rows = night(START + 42 * DAY, experiment())
    assert (state(rows), rows["experiment_results"]) == ("assignments_missing", [])
    reason = rows["experiments"][0]["state_reason"]
    assert reason.startswith(
        f"the log of {START + 41 * DAY} has 298 of the 300 units that were exposed by then"
    )
    rows = night(START + 43 * DAY, experiment())
    assert (state(rows), rows["experiment_results"]) == ("assignments_missing", [])
    assert rows["experiments"][0]["state_reason"] == reason


@pytest.mark.usefixtures("running")
def test_a_decision_stands_beside_its_figures(night: Measured) -> None:
    rows = night(START + 71 * DAY, experiment(decision=DECISION))
    (row,) = rows["experiments"]
    assert (row["state"], row["kept_arm"], row["learned"]) == (
        "decided",
        "warm",
        "warm words work for loyal people",
    )
    assert primary(rows)["read_by"] == "fixed"


def test_a_finding_is_stale_once_its_segment_or_what_an_arm_gets_is_another(
    running: Connection, night: Measured, catalogue: ActionCatalogue
) -> None:
    assert state(night(START + 40 * DAY, experiment())) == "ended"
    other = [
        action.model_copy(
            update={"customer_reason": "Hello again, my dear."} if action.id == "warm_words" else {}
        )
        for action in catalogue.actions
    ]
    changed = catalogue.model_copy(update={"actions": tuple(other)})
    rows = night(START + 41 * DAY, experiment(), actions=changed)
    assert (state(rows), rows["experiments"][0]["stale_reason"]) == (
        "stale",
        "what an arm gets is defined differently since",
    )
    assert primary(rows)["reading"] == "better"
    assert state(night(START + 42 * DAY, experiment())) == "ended"
    running.execute("update settings.segments set definition_hash = 'other' where segment_id = 'loyal'")
    assert night(START + 43 * DAY, experiment())["experiments"][0]["is_stale"]


def test_what_is_settled_is_remembered_whatever_becomes_of_its_people_and_its_file(
    running: Connection, night: Measured
) -> None:
    settled = night(START + 90 * DAY, experiment())
    assert settled["experiments"][0]["settled_date"] == START + 90 * DAY
    running.execute("delete from decisions.experiment_assignments; delete from intermediate.customer_days")
    later = night(START + 200 * DAY, experiment(decision=DECISION))
    assert state(later) == "decided"
    assert later["experiment_results"] == settled["experiment_results"]
    gone = night(START + 300 * DAY)
    assert (gone["experiments"], gone["experiment_results"]) == (
        later["experiments"],
        settled["experiment_results"],
    )


def test_three_arms_are_each_held_against_the_control_and_adjusted(
    connection: Connection, night: Measured
) -> None:
    add_people(connection, 600)
    assign(connection, 600, arms=("plain", "warm", "hot"))
    order_daily(connection, first=START - 30 * DAY, days=100)
    arms = [{"id": name, "share": share, "action": f"{name}_words"} for name, share in THIRDS]
    rows = night(START + 30 * DAY, experiment(arms=arms))
    found = [row for row in rows["experiment_results"] if row["is_primary"]]
    assert [row["arm"] for row in found] == ["hot", "warm"]
    smallest = min(found, key=lambda row: row["p_value"])
    assert smallest["p_value_adjusted"] == pytest.approx(min(1, 2 * smallest["p_value"]), abs=2e-6)


THIRDS = (("plain", "0.3334"), ("warm", "0.3333"), ("hot", "0.3333"))


@pytest.fixture
def program(connection: Connection) -> Connection:
    """400 people of the program since January, every other one held out, who spend half as much."""
    add_people(connection, 400)
    connection.execute(
        """
        insert into decisions.program_groups
        select 'c_' || i, 'c_' || i, if(i % 2 = 1, 'orchestrated', 'holdout'), date '2024-01-10', null
        from range(400) as people(i)
        """
    )
    order_daily(connection, first=date(2023, 10, 1), days=400, lift=2.0)
    add(
        connection,
        "staging.stg_messages",
        *(
            {"handle_id": number, "message_date": "2024-01-20", "channel": "email", "event": "sent"}
            for number in range(1, 21, 2)
        ),
    )
    return connection


def revenue(rows: dict[str, list[dict[str, Any]]], quarter: str, days: int) -> dict[str, Any]:
    (row,) = (
        row
        for row in rows["incrementality"]
        if (row["quarter"], row["metric"], row["horizon_days"]) == (quarter, "revenue", days)
    )
    return row


@pytest.mark.usefixtures("program")
def test_the_program_is_held_against_the_holdout_with_what_it_cost(night: Measured) -> None:
    assert night(date(2024, 2, 8))["incrementality"] == []
    rows = night(date(2024, 2, 9), running_cost=Decimal(100))
    row = revenue(rows, "2024-Q1", 30)
    assert (row["compared_with"], row["unit_count"], row["control_unit_count"]) == ("holdout", 200, 200)
    assert row["lift_low"] < 1.0 < row["lift_high"]
    assert row["gained_amount"] == pytest.approx(row["difference"] * 200, abs=0.01)
    assert (row["contact_cost_amount"], row["running_cost_amount"]) == (2.5, 100)
    assert row["return_on_cost"] == pytest.approx((row["gained_amount"] - 102.5) / 102.5, abs=1e-4)
    assert row["return_on_cost_low"] < row["return_on_cost"] < row["return_on_cost_high"]


def test_a_holdout_of_a_few_is_not_read(program: Connection, night: Measured) -> None:
    program.execute(
        "delete from decisions.program_groups where program_group = 'holdout' and hash(unit_id) % 2 = 0"
    )
    row = revenue(night(date(2024, 3, 1)), "2024-Q1", 30)
    assert (row["reading"], row["difference"], row["gained_amount"]) == ("too_few_units", None, None)


@pytest.mark.usefixtures("program")
def test_quarters_follow_each_other_with_a_trend_and_settle(night: Measured) -> None:
    rows = night(date(2024, 5, 30))
    assert revenue(rows, "2024-Q1", 90)["trend"] is None
    assert revenue(rows, "2024-Q2", 30)["trend"] == "steady"
    settled = night(date(2024, 7, 1))
    assert revenue(settled, "2024-Q1", 30)["is_settled"]
    assert revenue(settled, "2024-Q1", 30)["read_by"] == "fixed"
    later = night(date(2024, 7, 20))
    assert revenue(later, "2024-Q1", 30) == revenue(settled, "2024-Q1", 30)


def test_what_the_program_brought_in_one_quarter_is_not_taken_away_from_the_next(
    connection: Connection, night: Measured
) -> None:
    add_people(connection, 400)
    connection.execute(
        """
        insert into decisions.program_groups
        select 'c_' || i, 'c_' || i, if(i % 2 = 1, 'orchestrated', 'holdout'), date '2024-01-10', null
        from range(400) as people(i)
        """
    )
    # some spend ten times as much as others, always; the program doubles that from its first night on
    connection.execute(
        """
        insert into intermediate.customer_days (handle_id, active_date, fact_kind, order_count, order_amount)
        select
            handle_id, ordered, 'order', 1,
            (1 + hash(handle_id, 'habit') % 10) * if(handle_id % 2 = 1 and ordered > date '2024-01-10', 2, 1)
        from intermediate.int_customer_handles,
            lateral (select date '2023-10-01' + day::integer as ordered from range(0, 400, 5) as days(day))
        """
    )
    row = revenue(night(date(2024, 7, 1)), "2024-Q2", 90)
    assert row["lift_low"] < 1.0 < row["lift_high"]
    assert row["lift"] == pytest.approx(1.0, abs=0.1)
    assert row["variance_reduction"] > 0.5
