"""A decision becomes a row of its list and a plan, or is kept out with a reason and is no plan."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.action_lists.cells import KEPT_OUT_SENTENCES, KeptOut
from regulars.models.action_lists.write import write_action_lists
from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.examples import examples

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)
PLAN = {"action_id": "offer", "channel": "email", "planned_date": NIGHT}


def listed(
    connection: duckdb.DuckDBPyConnection, catalogue: ActionCatalogue, channels: Channels
) -> dict[str, list[dict[str, str]]]:
    """Write the lists and return their rows by channel."""
    with TemporaryDirectory() as name:
        manifest = write_action_lists(
            connection, catalogue, channels, folder=Path(name), run_id="r", config_hash="c"
        )
        rows = {}
        for file in manifest.files:
            with (Path(name) / file.name).open(encoding="utf-8", newline="") as content:
                rows[file.channel] = list(csv.DictReader(content))
    return rows


def planned(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.sql("select decision_id from decisions.planned_touchpoints").fetchall()
    return [decision_id for (decision_id,) in found]


def kept_out(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.sql("select decision_id, reason_code from decisions.kept_out").fetchall())


def test_a_decision_that_is_kept_out_is_named_with_its_reason_and_is_no_plan(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen([{"customer_id": "a", "says": "=1+1"}, {"customer_id": "b"}])
    listed(connection, catalogue(), channels())
    assert connection.sql("from decisions.kept_out").fetchall() == [
        (NIGHT, "d_0", "a", "offer", "direct_mail", "text_like_formula",
         "offer or customer_reason is what a spreadsheet takes for a formula")
    ]  # fmt: skip
    assert planned(connection) == ["d_1"]


def test_who_was_kept_out_is_not_capped_on_the_next_night(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a", "first_name": "-"}], night=NIGHT)
    greeting = {"channels": ["direct_mail"], "customer_reason": "Dear customer; {first_name|friend}"}
    actions = catalogue(greeting)
    for days in (0, 1):
        connection.execute("update settings.night set as_of_date = ?", [NIGHT + timedelta(days)])
        counts = decide(connection, actions, channels())
        assert counts.by_reason == {"chosen": 1}
        assert listed(connection, actions, channels())["direct_mail"] == []
        connection.execute(
            "create or replace table previous.planned_touchpoints as from decisions.planned_touchpoints"
        )
    assert planned(connection) == []


def test_earlier_plans_are_carried_and_tonights_are_added_once(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    old = PLAN | {"customer_id": "z"}
    connection = chosen(
        [{"customer_id": "a"}, {"customer_id": "b"}],
        planned=[
            old | {"decision_id": "d_old", "planned_date": NIGHT - timedelta(3)},
            old | {"decision_id": "d_of_an_earlier_run"},
            PLAN | {"customer_id": "b", "channel": "direct_mail", "decision_id": "d_1"},
        ],
    )
    listed(connection, catalogue(), channels())
    assert planned(connection) == ["d_old", "d_0", "d_1", "d_of_an_earlier_run"]


def test_every_reason_to_keep_out_has_a_sentence() -> None:
    assert set(KEPT_OUT_SENTENCES) == set(KeptOut)


def test_an_address_gets_one_row_and_the_better_decision_has_it(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen(
        [
            {"customer_id": "a", "email": "home@b.de", "score": 1},
            {"customer_id": "b", "email": "Home@B.de", "score": 2},
            {"customer_id": "c", "email": "home@b.de", "score": 2},
            {"customer_id": "d", "email": "elsewhere@b.de", "score": 1},
        ],
        channel="email",
    )
    rows = listed(connection, catalogue(), channels())["email"]
    assert [row["customer_id"] for row in rows] == ["b", "d"]
    assert kept_out(connection) == {"d_0": "address_shared", "d_2": "address_shared"}
    assert planned(connection) == ["d_1", "d_3"]


def test_a_row_that_is_kept_out_for_another_reason_claims_no_address(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    connection = chosen(
        [
            {"customer_id": "a", "email": "home@b.de", "score": 2, "says": "=1"},
            {"customer_id": "b", "email": "home@b.de"},
        ],
        channel="email",
    )
    listed(connection, catalogue(), channels())
    assert kept_out(connection) == {"d_0": "text_like_formula"}


def test_the_same_address_in_two_lists_is_one_row_in_each(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    people = [{"customer_id": "a", "channel": "email"}, {"customer_id": "b", "channel": "direct_mail"}]
    connection = chosen([person | {"email": "a@b.de", "customer_ref": "1"} for person in people])
    rows = listed(connection, catalogue(), channels())
    assert {channel: len(of_channel) for channel, of_channel in rows.items()} == {
        "email": 1,
        "direct_mail": 1,
    }


@pytest.mark.parametrize("holder", ["email", None])
def test_whom_an_earlier_run_of_the_night_gave_the_address_keeps_it(
    chosen: Make, catalogue: Make, channels: Make, holder: str | None
) -> None:
    people = [
        {"customer_id": "a", "score": 1, "channel": holder},
        {"customer_id": "b", "score": 2, "channel": "email"},
    ]
    connection = chosen(
        [person | {"email": "home@b.de"} for person in people],
        planned=[PLAN | {"customer_id": "a", "decision_id": "d_0"}],
    )
    listed(connection, catalogue(), channels())
    assert kept_out(connection) == {"d_1": "address_shared"}


def test_a_plan_of_an_earlier_night_claims_no_address(chosen: Make, catalogue: Make, channels: Make) -> None:
    earlier = PLAN | {"customer_id": "a", "decision_id": "d_old", "planned_date": NIGHT - timedelta(1)}
    people = [{"customer_id": "a", "channel": None}, {"customer_id": "b", "channel": "email"}]
    connection = chosen([person | {"email": "home@b.de"} for person in people], planned=[earlier])
    listed(connection, catalogue(), channels())
    assert kept_out(connection) == {}


class Contact(NamedTuple):
    """What customer a was sent, what an earlier run of the night handed over, and the caps."""

    email_cap: int = 9
    sent: tuple[str, ...] = ()
    handed_over: tuple[tuple[str, str], ...] = ()
    sent_to: str = "a"


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        (Contact(2, sent=("email", "email")), "cap_reached"),
        (Contact(3, sent=("email", "email")), None),
        (Contact(1, handed_over=(("d_of_an_earlier_run", "other"),)), "cap_reached"),
        (Contact(1, handed_over=(("d_0", "offer"),)), None),
        (Contact(sent=("direct_mail",)), "cap_reached"),
        (Contact(1, sent=("email",), sent_to="b"), None),
        (Contact(0), "cap_reached"),
    ],
    ids=["of the channel", "below it", "by an earlier run", "itself", "too close", "another's", "closed"],
)
def test_what_would_be_one_too_many_is_kept_out_whatever_was_decided(
    chosen: Make, catalogue: Make, channels: Make, contact: Contact, reason: str | None
) -> None:
    connection = chosen(
        [{"customer_id": "a", "email": "a@b.de", "channel": "email"}],
        touchpoints=[
            {"customer_id": contact.sent_to, "channel": channel, "sent_date": NIGHT}
            for channel in contact.sent
        ],
        planned=[
            PLAN | {"customer_id": "a", "decision_id": decision, "action_id": action}
            for decision, action in contact.handed_over
        ],
    )
    caps = channels(email={"max_touchpoints": contact.email_cap}, across={"max_touchpoints": 9})
    rows = listed(connection, catalogue(), caps)
    assert kept_out(connection) == ({"d_0": reason} if reason else {})
    assert len(rows["email"]) == (0 if reason else 1)


def test_a_second_decision_for_the_same_person_is_not_a_shared_address(
    chosen: Make, catalogue: Make, channels: Make
) -> None:
    other = PLAN | {"customer_id": "a", "decision_id": "d_of_an_earlier_run", "action_id": "other"}
    connection = chosen([{"customer_id": "a", "email": "home@b.de", "channel": "email"}], planned=[other])
    listed(connection, catalogue(), channels())
    assert (kept_out(connection), planned(connection)) == ({}, ["d_0", "d_of_an_earlier_run"])


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(["a@b.de", "A@b.de", "c@d.de", "no address"]),
            "customer_ref": st.sampled_from(["1", "2", "=3"]),
            "channel": st.sampled_from(["direct_mail", "email", None]),
            "score": st.integers(1, 3),
            "says": st.sampled_from(["Hello there", "-1"]),
        }
    ),
    max_size=8,
)


NIGHTS = st.fixed_dictionaries(
    {"people": PEOPLE, "handed_over": st.sets(st.integers(0, 7)), "order": st.randoms(use_true_random=False)}
)


@examples(25)
@given(night=NIGHTS)
def test_every_decision_is_listed_and_planned_or_kept_out_and_an_address_is_listed_once(
    chosen: Make, catalogue: Make, channels: Make, insert: Make, night: dict[str, Any]
) -> None:
    customers = [{"customer_id": f"c_{number}"} | person for number, person in enumerate(night["people"])]
    plans = [
        {"customer_id": f"c_{number}", "decision_id": f"d_{number}", "action_id": "offer"}
        | {"planned_date": NIGHT, "channel": customer["channel"] or "email"}
        for number, customer in enumerate(customers)
        if number in night["handed_over"]
    ]
    connection = chosen(customers, planned=plans)
    rows = listed(connection, catalogue(), channels())
    on_a_list = [row["decision_id"] for of_channel in rows.values() for row in of_channel]
    decided = {f"d_{number}" for number, person in enumerate(night["people"]) if person["channel"]}
    assert sorted([*on_a_list, *kept_out(connection)]) == sorted(decided)
    assert set(planned(connection)) == {*on_a_list, *(plan["decision_id"] for plan in plans)}
    for of_channel in rows.values():
        addresses = [row["address"].lower() for row in of_channel]
        assert len(addresses) == len(set(addresses))

    decisions = connection.sql("from decisions.next_actions").pl().to_dicts()
    night["order"].shuffle(decisions)
    connection.execute("delete from decisions.next_actions")
    insert(connection, "decisions.next_actions", decisions)
    assert listed(connection, catalogue(), channels()) == rows
