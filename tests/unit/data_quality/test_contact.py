"""The gate counts touchpoints for itself: it finds exactly what a count in plain words finds."""

from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from regulars.data_quality.checks import Night, NoRows
from regulars.data_quality.suites import contact
from regulars.store.channels import Channels
from tests.examples import examples

NIGHT = date(2024, 5, 10)
DUE = NIGHT + timedelta(days=1)
TABLES = """
create schema decisions; create schema marts; create schema previous;
create table decisions.next_actions (
    decision_id varchar, customer_id varchar, action_id varchar, channel varchar
);
create table marts.customer_touchpoints (
    customer_id varchar, channel varchar, decision_id varchar, sent_date date, action_ref varchar
);
create table previous.planned_touchpoints (
    decision_id varchar, customer_id varchar, action_id varchar, channel varchar, planned_date date
);
create view marts.earlier_plans as from previous.planned_touchpoints;
"""
CHANNEL = st.sampled_from(["post", "email", "sms"])
AGE = st.integers(1, 5)  # days before the delivery of tonight's decisions
CAPS = st.fixed_dictionaries(
    {
        "across": st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from([0, 1, 24, 25, 48])),
        "post": st.tuples(st.integers(0, 2), st.integers(1, 4)),
        "email": st.tuples(st.integers(0, 3), st.integers(1, 4)),
    }
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "chosen": st.sampled_from(["post", "email", None]),
            "sent": st.lists(st.tuples(CHANNEL, AGE), max_size=3),
            # planned on a night, or by an earlier run of this one, and reported as sent later or not at all
            "planned": st.lists(st.tuples(CHANNEL, st.integers(0, 5), st.booleans()), max_size=3),
            "is_chosen_again": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


def channels_of(caps: dict[str, tuple[int, ...]]) -> Channels:
    names = ("max_touchpoints", "per_days", "hours_between_channels")
    own = {"role": "any", "address": "email", "cost_per_send": 0}
    return Channels.model_validate(
        {
            "across_channels": dict(zip(names, caps["across"], strict=True)),
            "channels": [
                {"id": channel} | own | dict(zip(names, caps[channel], strict=False))
                for channel in ("post", "email")
            ],
        }
    )


def fill(
    connection: duckdb.DuckDBPyConnection, people: list[dict[str, Any]]
) -> dict[int, list[tuple[str, int]]]:
    """Write the people's rows and return the channel and age of every touchpoint but tonight's decisions."""
    connection.execute(TABLES)
    touches: dict[int, list[tuple[str, int]]] = {}
    for number, person in enumerate(people):
        touches[number] = list(person["sent"])
        for channel, age in person["sent"]:
            send(connection, number, channel, None, age)
        for place, (channel, age, is_reported) in enumerate(person["planned"]):
            decision_id = f"p{number}.{place}"
            plan(connection, number, channel, decision_id, age)
            if is_reported:
                # the day after it was due, if that day is over
                real_age = max(age - 1, 1)
                send(connection, number, channel, decision_id, real_age)
            touches[number].append((channel, max(age - 1, 1) if is_reported else age))
        if person["chosen"]:
            connection.execute(
                "insert into decisions.next_actions values (?, ?, 'offer', ?)",
                [f"d{number}", f"c{number}", person["chosen"]],
            )
            if person["is_chosen_again"]:
                plan(connection, number, person["chosen"], f"d{number}", 0)
    connection.execute("insert into decisions.next_actions values ('n', 'c9', 'none', null)")
    return touches


def send(
    connection: duckdb.DuckDBPyConnection, number: int, channel: str, decision_id: str | None, age: int
) -> None:
    connection.execute(
        "insert into marts.customer_touchpoints values (?, ?, ?, ?, null)",
        [f"c{number}", channel, decision_id, DUE - timedelta(days=age)],
    )


def plan(
    connection: duckdb.DuckDBPyConnection, number: int, channel: str, decision_id: str, age: int
) -> None:
    connection.execute(
        "insert into previous.planned_touchpoints values (?, ?, 'any', ?, ?)",
        [decision_id, f"c{number}", channel, NIGHT - timedelta(days=age)],
    )


def found(connection: duckdb.DuckDBPyConnection, channels: Channels) -> dict[str, set[str]]:
    night = Night(
        as_of=NIGHT, catalog={}, context={"channels": channels.model_dump(mode="json", exclude_none=True)}
    )
    names = ("channel_caps_kept", "across_channels_cap_kept", "rest_between_channels_kept")
    rules = {check.name: check.rule for check in contact.checks(night) if check.name in names}
    return {
        name: {row[0] for row in connection.sql(rule.query).fetchall()}
        for name, rule in rules.items()
        if isinstance(rule, NoRows)
    }


@examples(60)
@given(caps=CAPS, people=PEOPLE)
def test_the_gate_finds_everybody_who_would_get_too_much_and_nobody_else(
    caps: dict[str, tuple[int, ...]], people: list[dict[str, Any]]
) -> None:
    across, days_across, hours = caps["across"]
    expected: dict[str, set[str]] = {
        name: set()
        for name in ("channel_caps_kept", "across_channels_cap_kept", "rest_between_channels_kept")
    }
    with duckdb.connect() as connection:
        touches = fill(connection, people)
        for number, person in enumerate(people):
            if not (channel := person["chosen"]):
                continue
            most, days = caps[channel]
            own = touches[number]
            if 1 + len([by for by, age in own if by == channel and age <= days]) > most:
                expected["channel_caps_kept"].add(f"c{number}")
            if 1 + len([by for by, age in own if age <= days_across]) > across:
                expected["across_channels_cap_kept"].add(f"c{number}")
            # two days may be anything above 0 and below 48 hours apart
            if [by for by, age in own if by != channel and hours and 24 * (age - 1) < hours]:
                expected["rest_between_channels_kept"].add(f"c{number}")
        assert found(connection, channels_of(caps)) == expected


def test_a_decision_for_a_channel_without_a_declared_cap_is_found() -> None:
    with duckdb.connect() as connection:
        fill(connection, [])
        connection.execute("insert into decisions.next_actions values ('d', 'c', 'offer', 'fax')")
        channels = channels_of({"across": (2, 1, 24), "post": (1, 1), "email": (1, 1)})
        assert found(connection, channels)["channel_caps_kept"] == {"c"}
