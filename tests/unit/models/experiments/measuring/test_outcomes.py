"""What counts as an outcome of a unit: which days, whose, and of which measure."""

from datetime import date

import pytest

from regulars.models.experiments import cohorts
from regulars.models.experiments.outcomes import Moments, Part, measure_outcomes
from regulars.store.channels import Channels
from tests.unit.models.experiments.measuring.made_up import DAY, START, Connection, add, experiment

DAYS = "intermediate.customer_days"


@pytest.fixture
def exposed(connection: Connection, channels: Channels) -> Connection:
    """Ann is in the arm warm, exposed on the first day; her account is handle 1, her cookie handle 2."""
    add(
        connection,
        "decisions.experiment_assignments",
        {
            "experiment_id": "offer_test",
            "customer_id": "ann",
            "unit_id": "u",
            "arm": "warm",
            "first_exposed_date": START,
            "segment_hash": "h1",
            "status": "counted",
        },
    )
    add(
        connection,
        "intermediate.int_customer_handles",
        {"handle_id": 1, "customer_id": "ann"},
        {"handle_id": 2, "customer_id": "ann"},
        {"handle_id": 3, "customer_id": "bob"},
    )
    cohorts.make_tables(connection, channels)
    return connection


def measured(connection: Connection, until: date = START + 40 * DAY) -> Moments:
    cohorts.add_experiments(connection, [experiment()])
    cohorts.exposed_units(connection, START)
    return measure_outcomes(connection, outcomes_until=until)[Part("offer_test", 30, "", "warm")]


def order(day: int, amount: float, *, handle: int = 1, refunded: float = 0) -> dict[str, object]:
    return {
        "handle_id": handle,
        "active_date": START + day * DAY,
        "fact_kind": "order",
        "order_count": 1,
        "order_amount": amount,
        "refunded_amount": refunded,
    }


def test_days_after_exposure_count_up_to_the_horizon_and_as_many_before_it_are_covariates(
    exposed: Connection,
) -> None:
    add(exposed, DAYS, order(-30, 1), order(-29, 2), order(0, 4), order(1, 8), order(30, 16), order(31, 32))
    found = measured(exposed)
    assert (found.mean("revenue"), found.mean("revenue_before")) == (8 + 16, 2 + 4)
    assert (found.mean("orders"), found.mean("orders_before")) == (2, 2)


def test_revenue_is_net_of_refunds_over_all_handles_of_all_in_the_unit_and_of_nobody_else(
    exposed: Connection,
) -> None:
    add(exposed, "marts.customer_aliases", {"alias_id": "carl", "customer_id": "bob"})
    add(
        exposed,
        "decisions.experiment_assignments",
        {
            "experiment_id": "offer_test",
            "customer_id": "carl",
            "unit_id": "u",
            "arm": "warm",
            "first_exposed_date": START + DAY,
            "status": "counted",
        },
    )
    add(exposed, "intermediate.int_customer_handles", {"handle_id": 4, "customer_id": "eve"})
    add(
        exposed,
        DAYS,
        order(1, 100, refunded=40),
        order(2, 10, handle=2),
        order(3, 5, handle=3),
        order(3, 999, handle=4),
    )
    found = measured(exposed)
    assert (found.units, found.mean("revenue"), found.mean("refunded")) == (1, 75, 40)


@pytest.mark.parametrize(("day", "retention"), [(15, 0), (16, 1), (30, 1)])
def test_she_is_kept_who_orders_in_the_second_half(exposed: Connection, day: int, retention: int) -> None:
    add(exposed, DAYS, order(day, 10))
    found = measured(exposed)
    assert (found.mean("conversion"), found.mean("retention")) == (1, retention)


def test_complaints_unsubscriptions_answers_and_messages_are_outcomes_too(exposed: Connection) -> None:
    day = {"handle_id": 1, "active_date": START + DAY}
    add(
        exposed,
        DAYS,
        day | {"fact_kind": "ticket", "complaint_count": 2},
        day | {"fact_kind": "message", "messages_refused": 1},
    )
    add(
        exposed,
        "staging.stg_survey_responses",
        {"handle_id": 1, "answered_date": START + DAY, "kind": "csat", "score": 4},
        {"handle_id": 1, "answered_date": START + DAY, "kind": "csat", "score": 1},
        {"handle_id": 1, "answered_date": START + DAY, "kind": "nps", "score": 10},
    )
    sent = {"handle_id": 1, "message_date": START + DAY, "channel": "email", "event": "sent"}
    add(exposed, "staging.stg_messages", sent, sent | {"cost_amount": 2}, sent | {"event": "opened"})
    found = measured(exposed)
    assert (found.mean("complaints"), found.mean("unsubscribes")) == (1, 1)
    assert (found.mean("csat_score"), found.mean("csat_count")) == (5, 2)
    assert found.mean("contact_cost") == 2.25


def test_a_unit_whose_horizon_is_not_over_does_not_count(exposed: Connection) -> None:
    cohorts.add_experiments(exposed, [experiment()])
    cohorts.exposed_units(exposed, START)
    assert measure_outcomes(exposed, outcomes_until=START + 29 * DAY) == {}
    assert measure_outcomes(exposed, outcomes_until=START + 30 * DAY) != {}


def test_who_was_not_exposed_or_is_a_conflict_does_not_count(exposed: Connection) -> None:
    for customer, status, exposed_date in (("bob", "conflict", START), ("eve", "counted", None)):
        add(
            exposed,
            "decisions.experiment_assignments",
            {
                "experiment_id": "offer_test",
                "customer_id": customer,
                "unit_id": customer,
                "arm": "warm",
                "first_exposed_date": exposed_date,
                "status": status,
            },
        )
    assert measured(exposed).units == 1


def test_a_breakdown_is_of_those_who_were_in_the_segment_when_they_were_exposed(exposed: Connection) -> None:
    add(
        exposed,
        "marts.customer_segment_history",
        {"customer_id": "ann", "segment_id": "big", "entered_date": START - DAY, "exited_date": START + DAY},
        {"customer_id": "ann", "segment_id": "loyal", "entered_date": START + DAY, "exited_date": None},
    )
    cohorts.add_experiments(exposed, [experiment(breakdowns=["big", "loyal"])])
    cohorts.exposed_units(exposed, START)
    found = measure_outcomes(exposed, outcomes_until=START + 40 * DAY)
    assert [part.breakdown for part in found] == ["", "big"]


def test_moments_are_those_of_the_units(exposed: Connection) -> None:
    add(
        exposed,
        "decisions.experiment_assignments",
        {
            "experiment_id": "offer_test",
            "customer_id": "bob",
            "unit_id": "v",
            "arm": "warm",
            "first_exposed_date": START,
            "status": "counted",
        },
    )
    add(exposed, DAYS, order(1, 10), order(2, 20), order(1, 50, handle=3), order(-1, 7))
    found = measured(exposed)
    assert found.units == 2
    assert found.mean("revenue") == 40
    assert found.covariance("revenue", "revenue") == 200
    assert found.covariance("revenue", "orders") == -10
    assert found.covariance("revenue_before", "revenue") == -70
