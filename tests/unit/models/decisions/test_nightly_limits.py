"""A night stays within its budget and capacities, alone and together with its earlier runs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.examples import examples

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)
LIMIT = st.one_of(st.none(), st.integers(0, 6))


def people(count: int) -> list[dict[str, str | int]]:
    """The first orders most; every second one has an e-mail address."""
    return [
        {"customer_id": f"c{number:02}", "order_count": count - number}
        | ({"email": f"c{number}@x.example"} if number % 2 else {})
        for number in range(count)
    ]


def decided(connection: duckdb.DuckDBPyConnection, actions: ActionCatalogue, rules: Channels) -> pl.DataFrame:
    decide(connection, actions, rules)
    return connection.sql("from decisions.next_actions where action_id <> 'none'").pl()


def hand_over(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "insert into previous.planned_touchpoints"
        " select decision_id, customer_id, action_id, channel, as_of_date from decisions.next_actions"
        " where action_id <> 'none'"
        " and decision_id not in (select decision_id from previous.planned_touchpoints)"
    )


@pytest.fixture(scope="module")
def made(warehouse: Make, catalogue: Make, channels: Make) -> tuple[Make, Make, Make]:
    return warehouse, catalogue, channels


def limits(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[float, float]]:
    rows = connection.sql("select limit_kind, limit_id, allowed, used from decisions.allocation_limits")
    return {(kind, name): (allowed, used) for kind, name, allowed, used in rows.fetchall()}


def test_without_limits_everybody_gets_the_best_and_no_limit_is_listed(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse(people(4))
    assert decided(connection, catalogue(), channels()).height == 4
    assert limits(connection) == {}


def test_a_capacity_goes_to_those_who_win_most_and_the_others_hear_why(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue(
        {"id": "small", "value": 10, "channels": ["direct_mail"]},
        {"id": "large", "value": 30, "channels": ["direct_mail"], "nightly_capacity": 1},
    )
    connection = warehouse(people(4))
    chosen = decided(connection, actions, channels(mail={"nightly_capacity": 2}))
    assert sorted(chosen["action_id"]) == ["large", "small"]
    assert limits(connection) == {("action", "large"): (1, 1), ("channel", "direct_mail"): (2, 2)}
    nothing = connection.sql(
        "select distinct reason_code, reason, customer_reason from decisions.next_actions"
        " where action_id = 'none'"
    ).fetchall()
    assert {code for code, _, _ in nothing} == {"nightly_limit"}
    assert ("nightly_limit", "allocation") in connection.sql(
        "select reason_code, stopped_by from decisions.decision_trace"
    ).fetchall()


def test_a_budget_of_nothing_leaves_what_costs_nothing(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue({"channels": ["direct_mail", "email"]})
    rules = channels(email={"cost_per_send": 0}, nightly_budget=0)
    chosen = decided(warehouse(people(4)), actions, rules)
    assert chosen["channel"].to_list() == ["email", "email"]


def test_the_gain_is_that_of_the_choices_and_the_price_what_one_more_would_win(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse(people(6))
    letters = catalogue({"channels": ["direct_mail"]})
    chosen = decided(connection, letters, channels(nightly_budget=Decimal("2.00")))
    assert chosen.height == 3
    ((allowed, used, price, gain, possible),) = connection.sql(
        "select allowed, used, shadow_price, expected_gain, possible_gain from decisions.allocation_limits"
    ).fetchall()
    assert (allowed, used) == (2.0, pytest.approx(1.95))
    assert gain == pytest.approx(chosen["score"].sum())
    assert gain <= possible
    assert price == pytest.approx(chosen["score"][0] / 0.65, rel=0.05)


@examples(40)
@given(
    count=st.integers(1, 12),
    budget=st.one_of(st.none(), st.integers(0, 500)),
    capacities=st.tuples(LIMIT, LIMIT, LIMIT),
    leaves=st.integers(0, 12),
)
def test_runs_of_a_night_together_stay_within_its_limits_and_the_second_repeats_the_first(
    made: tuple[Make, Make, Make],
    count: int,
    budget: int | None,
    capacities: tuple[int | None, ...],
    leaves: int,
) -> None:
    (warehouse, catalogue, channels), (mail, email, large) = made, capacities

    def declared(limit: int | None) -> dict[str, int]:
        return {} if limit is None else {"nightly_capacity": limit}

    actions = catalogue(
        {"id": "small", "value": 10, "channels": ["direct_mail", "email"]},
        {"id": "large", "value": 30, "eligible_when": "order_count > 2", **declared(large)},
    )
    night = {} if budget is None else {"nightly_budget": Decimal(budget) / 100}
    rules = channels(mail=declared(mail), email=declared(email), **night)
    connection = warehouse(people(count), night=NIGHT)
    first = decided(connection, actions, rules)
    bound = limits(connection)
    assert all(used <= allowed for allowed, used in bound.values())
    hand_over(connection)
    again = decided(connection, actions, rules)
    assert again.equals(first)
    assert limits(connection) == bound
    # some leave before the third run, and others take their place only where there is room
    connection.execute("delete from marts.customer_permissions where customer_id < ?", [f"c{leaves:02}"])
    decided(connection, actions, rules)
    assert all(used <= allowed for allowed, used in limits(connection).values())
    hand_over(connection)
    ((letters, mails, larges),) = connection.sql(
        "select count(*) filter (channel = 'direct_mail'), count(*) filter (channel = 'email'),"
        " count(*) filter (action_id = 'large') from previous.planned_touchpoints"
    ).fetchall()
    assert mail is None or letters <= mail
    assert email is None or mails <= email
    assert large is None or larges <= large
    assert budget is None or 65 * letters + mails <= budget
