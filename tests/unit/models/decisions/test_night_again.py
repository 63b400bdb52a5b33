"""A night that is run again knows what its earlier lists handed over, and never gives more than the caps."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.action_lists.write import write_action_lists
from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.examples import examples

Make = Callable[..., Any]
Row = tuple[Any, ...]
NIGHT = date(2017, 6, 30)


class Results(NamedTuple):
    """What a run of a night leaves behind."""

    actions: list[Row]
    trace: list[Row]
    planned: list[Row]
    lists: dict[str, bytes]


def results(connection: duckdb.DuckDBPyConnection, actions: ActionCatalogue, rules: Channels) -> Results:
    """Decide, and hand over."""
    decide(connection, actions, rules)
    with TemporaryDirectory() as name:
        manifest = write_action_lists(
            connection, actions, rules, folder=Path(name), run_id="r", config_hash="c"
        )
        lists = {file.channel: (Path(name) / file.name).read_bytes() for file in manifest.files}
    tables = ("next_actions", "decision_trace", "planned_touchpoints")
    return Results(
        *(connection.sql(f"from decisions.{table} order by all").fetchall() for table in tables), lists
    )


def publish(connection: duckdb.DuckDBPyConnection) -> None:
    """What was planned is what the same night or the next one finds in `previous`."""
    connection.execute(
        "create or replace table previous.planned_touchpoints as from decisions.planned_touchpoints"
    )


def chosen(result: Results) -> list[tuple[str, str | None]]:
    return [(row[5], row[6]) for row in result.actions]


@pytest.fixture
def two_offers(catalogue: Make) -> ActionCatalogue:
    """A letter for everybody, and a better one for those with more than one order."""
    letter = {"channels": ["direct_mail"]}
    actions: ActionCatalogue = catalogue(
        letter, letter | {"id": "better", "value": 40, "eligible_when": "order_count > 1"}
    )
    return actions


def test_a_run_without_new_facts_repeats_choices_reasons_plans_and_lists(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue({}, {"id": "other", "value": 19})
    connection = warehouse([{"customer_id": "a", "email": "a@b.de"}], night=NIGHT)
    first = results(connection, actions, channels())
    publish(connection)
    assert results(connection, actions, channels()) == first


def test_what_a_night_handed_over_stays_planned_when_it_is_run_again_and_chooses_nothing(
    warehouse: Make, two_offers: ActionCatalogue, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}], night=NIGHT)
    first = results(connection, two_offers, channels())
    publish(connection)
    connection.execute("update marts.customer_permissions set status = 'withdrawn'")
    again = results(connection, two_offers, channels())
    assert chosen(again) == [("none", None)]
    assert again.planned == first.planned


def test_nobody_gets_a_second_action_above_the_caps_when_the_night_is_run_again(
    warehouse: Make, two_offers: ActionCatalogue, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a", "order_count": 1}], night=NIGHT)
    first = results(connection, two_offers, channels())
    publish(connection)
    connection.execute("update marts.customers set order_count = 2")
    again = results(connection, two_offers, channels())
    # the letter of the first list stands, and the better one says why it came too late
    assert (chosen(again), again.planned, again.lists) == (chosen(first), first.planned, first.lists)
    stopped = "select stopped_by, reason_code from decisions.decision_trace where action_id = 'better'"
    assert connection.sql(stopped).fetchall() == [("cap", "already_handed_over")]


def test_who_cannot_have_the_first_action_any_more_gets_no_other_above_the_caps(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    letter = {"channels": ["direct_mail"]}
    actions = catalogue(letter | {"eligible_when": "order_count = 1"}, letter | {"id": "other", "value": 19})
    connection = warehouse([{"customer_id": "a", "order_count": 1}], night=NIGHT)
    first = results(connection, actions, channels())
    publish(connection)
    connection.execute("update marts.customers set order_count = 2")
    again = results(connection, actions, channels())
    assert [(row[5], row[13]) for row in again.actions] == [("none", "already_handed_over")]
    assert again.planned == first.planned


def test_a_second_action_within_the_caps_is_added_to_the_first(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    mail = {"channels": ["email"]}
    actions = catalogue(mail, mail | {"id": "better", "value": 40, "eligible_when": "order_count > 1"})
    connection = warehouse([{"customer_id": "a", "email": "a@b.de", "order_count": 1}], night=NIGHT)
    first = results(connection, actions, channels())
    publish(connection)
    connection.execute("update marts.customers set order_count = 2")
    again = results(connection, actions, channels())
    assert chosen(again) == [("better", "email")]
    assert len(again.planned) == 2
    assert set(first.planned) < set(again.planned)
    publish(connection)
    assert results(connection, actions, channels()) == again


def test_a_plan_that_was_reported_as_sent_counts_against_itself_too(
    warehouse: Make, two_offers: ActionCatalogue, channels: Make, insert: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}], night=NIGHT)
    first = results(connection, two_offers, channels())
    publish(connection)
    sent = {"customer_id": "a", "channel": "direct_mail", "decision_id": first.planned[0][0]}
    insert(connection, "marts.customer_touchpoints", [sent | {"sent_date": NIGHT}])
    assert [(row[5], row[13]) for row in results(connection, two_offers, channels()).actions] == [
        ("none", "channel_cap")
    ]


def test_no_cooldown_and_no_rest_means_none_within_a_night_too(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue({"cooldown_days": 0})
    rules = channels(across={"hours_between_channels": 0})
    connection = warehouse([{"customer_id": "a", "email": "a@b.de"}], night=NIGHT)
    first = results(connection, actions, rules)
    publish(connection)
    (by,) = {channel for _, channel in chosen(first)}
    connection.execute(f"update marts.customer_permissions set status = 'denied' where channel = '{by}'")
    again = results(connection, actions, rules)
    assert {channel for _, channel in chosen(first) + chosen(again)} == {"direct_mail", "email"}


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "goes_on": st.booleans(),  # to the next night, or the same one again
            "order_counts": st.lists(st.integers(0, 3), min_size=3, max_size=3),
            "denied": st.sets(st.tuples(st.integers(0, 2), st.sampled_from(["email", "direct_mail"]))),
            "outside": st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["email", "sms"])), max_size=2),
        }
    ),
    min_size=2,
    max_size=8,
)
RULES = st.fixed_dictionaries(
    {
        "across": st.tuples(st.integers(0, 3), st.integers(1, 2), st.sampled_from([0, 24, 30])),
        "mail": st.tuples(st.integers(0, 2), st.integers(1, 3)),
        "email": st.tuples(st.integers(0, 3), st.integers(1, 3)),
        "cooldown": st.integers(0, 2),
    }
)


@examples(8)
@given(story=st.tuples(RULES, RUNS))
def test_nights_run_again_with_other_facts_never_exceed_a_cap_and_repeat_themselves_without(
    warehouse: Make,
    catalogue: Make,
    channels: Make,
    insert: Make,
    story: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    rules, runs = story
    names = ("max_touchpoints", "per_days", "hours_between_channels")
    caps: Channels = channels(
        **{key: dict(zip(names, rules[key], strict=False)) for key in ("across", "mail", "email")}
    )
    cooled = {"cooldown_days": rules["cooldown"]}
    actions = catalogue(
        cooled,
        cooled | {"id": "second", "value": 40, "eligible_when": "order_count > 1"},
        cooled | {"id": "third", "value": 60, "eligible_when": "order_count = 1"},
    )
    people = [{"customer_id": f"c_{number}", "email": f"{number}@b.de", "customer_ref": f"{number}"}
              for number in range(3)]  # fmt: skip
    night = NIGHT
    connection = warehouse(people, night=night)
    for run in runs:
        if run["goes_on"]:
            night += timedelta(days=1)
            connection.execute("update settings.night set as_of_date = ?", [night])
        arrive(connection, insert, run, night=night)
        before = set(connection.sql("from previous.planned_touchpoints").fetchall())
        result = results(connection, actions, caps)
        assert set(result.planned) == before | {
            (row[1], row[2], row[5], row[6], night) for row in result.actions if row[5] != "none"
        }
        assert_within_caps(connection, caps, night=night)
        publish(connection)
        assert results(connection, actions, caps) == result


def arrive(connection: duckdb.DuckDBPyConnection, insert: Make, run: dict[str, Any], *, night: date) -> None:
    """The facts of a run: how many orders, who says no, and what others sent."""
    for number, count in enumerate(run["order_counts"]):
        connection.execute(
            "update marts.customers set order_count = ? where customer_id = ?", [count, f"c_{number}"]
        )
    connection.execute("update marts.customer_permissions set status = 'granted'")
    for number, channel in run["denied"]:
        connection.execute(
            "update marts.customer_permissions set status = 'denied' where customer_id = ? and channel = ?",
            [f"c_{number}", channel],
        )
    insert(
        connection,
        "marts.customer_touchpoints",
        [
            {"customer_id": f"c_{number}", "channel": channel, "sent_date": night}
            for number, channel in run["outside"]
        ],
    )


def assert_within_caps(connection: duckdb.DuckDBPyConnection, rules: Channels, *, night: date) -> None:
    """The rules in plain words, over everything that reaches anybody whom tonight's list is for."""
    sent = connection.sql("select customer_id, channel, sent_date from marts.customer_touchpoints").fetchall()
    planned = connection.sql(
        "select customer_id, channel, planned_date + 1 from decisions.planned_touchpoints"
    ).fetchall()
    due = night + timedelta(days=1)
    listed = connection.sql(
        "select customer_id, channel from decisions.next_actions where action_id <> 'none'"
    )
    for customer_id, channel in listed.fetchall():
        ages = [(by, (due - day).days) for who, by, day in (*sent, *planned) if who == customer_id]
        cap, across = rules.channel(channel), rules.across_channels
        assert len([by for by, age in ages if by == channel and age <= cap.per_days]) <= cap.max_touchpoints
        assert len([by for by, age in ages if age <= across.per_days]) <= across.max_touchpoints
        rest = across.hours_between_channels
        assert not [by for by, age in ages if by != channel and rest and (age - 1) * 24 < rest]
