from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.decisions.contact_caps import days_of, stop_capped
from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.examples import examples

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)
Touch = tuple[str | None, str | None, date]  # channel, action_id, delivered_date


def cap_of(
    channel: str, touches: Iterable[Touch], *, catalogue: ActionCatalogue, channels: Channels
) -> str | None:
    candidates = pl.LazyFrame({"customer_id": ["a"], "channel": [channel], "action_id": ["offer"]})
    touchpoints = pl.LazyFrame(
        [("a", *touch) for touch in touches],
        schema={
            "customer_id": pl.String,
            "channel": pl.String,
            "action_id": pl.String,
            "delivered_date": pl.Date,
        },
        orient="row",
    )
    stopped = stop_capped(candidates, touchpoints, catalogue=catalogue, channels=channels, as_of=NIGHT)
    code: str | None = stopped.collect()["cap"].item()
    return code


def ago(days: int) -> date:
    """So many days before the day on which tonight's action is delivered."""
    return NIGHT + timedelta(days=1 - days)


@pytest.mark.parametrize(
    ("channel", "touches", "code"),
    [
        ("direct_mail", [], None),
        ("direct_mail", [("direct_mail", None, ago(14))], "channel_cap"),
        ("direct_mail", [("direct_mail", None, ago(15))], None),
        ("email", [("email", None, ago(7))], None),
        ("email", [("email", None, ago(7)), ("email", None, ago(2))], "channel_cap"),
        ("email", [("sms", None, ago(1)), ("sms", None, ago(1))], "across_channels_cap"),
        ("email", [("direct_mail", None, ago(1))], "too_close_to_another_channel"),
        ("email", [(None, None, ago(1))], "too_close_to_another_channel"),
        ("email", [("direct_mail", None, ago(2))], None),
        ("email", [("email", None, ago(1))], None),
        ("email", [("email", "offer", ago(30))], "action_cooldown"),
        ("email", [("email", "offer", ago(31))], None),
    ],
)
def test_a_touchpoint_counts_until_its_window_has_surely_passed(
    catalogue: Make, channels: Make, channel: str, touches: list[Touch], code: str | None
) -> None:
    assert cap_of(channel, touches, catalogue=catalogue(), channels=channels()) == code


@pytest.mark.parametrize("caps", [{"across": {"max_touchpoints": 0}}, {"email": {"max_touchpoints": 0}}])
def test_a_cap_of_zero_means_none(catalogue: Make, channels: Make, caps: dict[str, Any]) -> None:
    assert cap_of("email", [], catalogue=catalogue(), channels=channels(**caps)) == "channel_closed"


def test_hours_are_covered_by_whole_days() -> None:
    assert [days_of(hours) for hours in (0, 1, 24, 25)] == [0, 1, 1, 2]


def reason_code(connection: duckdb.DuckDBPyConnection, catalogue: ActionCatalogue, channels: Channels) -> str:
    decide(connection, catalogue, channels)
    ((code,),) = connection.sql("select reason_code from decisions.next_actions").fetchall()
    return str(code)


PLAN = {"decision_id": "d_1", "customer_id": "a", "action_id": "offer", "channel": "direct_mail"}
SENT = {"decision_id": "d_1", "customer_id": "a", "channel": "direct_mail"}


@pytest.mark.parametrize(
    ("ages", "code"),
    [
        ((31, None), "action_cooldown"),  # planned 30 days before tonight: delivered 29 days before tonight
        ((32, None), "chosen"),
        ((40, 12), "channel_cap"),  # sent late: the real day counts
        ((32, 30), "action_cooldown"),  # and the plan lends the send its action
    ],
)
def test_a_plan_counts_once_on_the_day_it_was_really_sent(
    warehouse: Make, catalogue: Make, channels: Make, ages: tuple[int, int | None], code: str
) -> None:
    plan_age, sent_age = ages
    touchpoints = [] if sent_age is None else [SENT | {"sent_date": ago(sent_age)}]
    planned = [PLAN | {"planned_date": ago(plan_age)}]
    connection = warehouse([{"customer_id": "a"}], touchpoints=touchpoints, planned=planned, night=NIGHT)
    assert reason_code(connection, catalogue(), channels()) == code


def test_a_sent_plan_is_not_counted_twice(warehouse: Make, catalogue: Make, channels: Make) -> None:
    connection = warehouse(
        [{"customer_id": "a"}],
        touchpoints=[SENT | {"sent_date": ago(5)}],
        planned=[PLAN | {"planned_date": ago(6), "action_id": "another"}],
        night=NIGHT,
    )
    assert reason_code(connection, catalogue(), channels(mail={"max_touchpoints": 2})) == "chosen"


NIGHTS = 6
OUTSIDE_SENDS = st.lists(
    st.tuples(st.integers(0, NIGHTS), st.integers(0, 3), st.sampled_from(["email", "direct_mail", "sms"])),
    max_size=8,
)


SCENARIOS = st.fixed_dictionaries(
    {
        "outside": OUTSIDE_SENDS,
        "reported": st.lists(st.booleans(), min_size=NIGHTS, max_size=NIGHTS),
        "across": st.tuples(st.integers(0, 2), st.integers(1, 2)),
        "email": st.tuples(st.integers(0, 3), st.integers(1, 4)),
        "cooldown": st.integers(0, 3),
    }
)


@examples(8)
@given(scenario=SCENARIOS)
def test_no_night_ever_exceeds_a_cap(
    warehouse: Make, catalogue: Make, channels: Make, insert: Make, scenario: dict[str, Any]
) -> None:
    """Nights follow each other; others send too, and only some nights' sends are ever reported."""
    customers = [{"customer_id": f"c_{number}", "email": "a@b.de"} for number in range(4)]
    rules = channels(
        across=dict(zip(("max_touchpoints", "per_days"), scenario["across"], strict=True)),
        mail={"max_touchpoints": 1, "per_days": 3},
        email=dict(zip(("max_touchpoints", "per_days"), scenario["email"], strict=True)),
    )
    actions = catalogue(
        {"cooldown_days": scenario["cooldown"]},
        {"id": "other", "value": 19, "cooldown_days": scenario["cooldown"]},
    )
    connection = warehouse(customers, night=NIGHT)
    delivered: list[tuple[str, str, str | None, date]] = []
    for number in range(NIGHTS):
        night = NIGHT + timedelta(days=number)
        connection.execute("update settings.night set as_of_date = ?", [night])
        sends: list[dict[str, Any]] = [
            {"customer_id": f"c_{customer}", "channel": channel, "sent_date": night}
            for day, customer, channel in scenario["outside"]
            if day == number
        ]
        insert(connection, "marts.customer_touchpoints", sends)
        delivered += [(send["customer_id"], send["channel"], None, night) for send in sends]
        decide(connection, actions, rules)
        chosen = connection.sql(
            "select customer_id, channel, action_id, decision_id from decisions.next_actions "
            "where action_id <> 'none'"
        ).fetchall()
        for customer_id, channel, action_id, _ in chosen:
            known = [touch for touch in delivered if touch[0] == customer_id]
            assert_within_caps(
                (channel, action_id, night + timedelta(days=1)), known, actions=actions, rules=rules
            )
        delivered += [
            (customer_id, channel, action_id, night + timedelta(days=1))
            for customer_id, channel, action_id, _ in chosen
        ]
        connection.execute(
            "insert into previous.planned_touchpoints "
            "select decision_id, customer_id, action_id, channel, as_of_date from decisions.next_actions "
            "where action_id <> 'none'"
        )
        if scenario["reported"][number]:
            insert(
                connection,
                "marts.customer_touchpoints",
                [
                    {
                        "customer_id": customer_id,
                        "channel": channel,
                        "decision_id": decision_id,
                        "sent_date": night + timedelta(days=1),
                    }
                    for customer_id, channel, _, decision_id in chosen
                ],
            )


def assert_within_caps(
    new: tuple[str, str, date],
    known: list[tuple[str, str, str | None, date]],
    *,
    actions: ActionCatalogue,
    rules: Channels,
) -> None:
    """The rules once more, customer by customer and in plain words."""
    channel, action_id, day = new
    age = {touch: (day - touch[3]).days for touch in known}
    cap, across = rules.channel(channel), rules.across_channels
    same_channel = [touch for touch in known if touch[1] == channel and age[touch] <= cap.per_days]
    assert len(same_channel) + 1 <= cap.max_touchpoints
    assert len([touch for touch in known if age[touch] <= across.per_days]) + 1 <= across.max_touchpoints
    assert not [touch for touch in known if touch[1] != channel and age[touch] <= 1]
    cooldown = next(action.cooldown_days for action in actions.actions if action.id == action_id)
    assert not [touch for touch in known if touch[2] == action_id and age[touch] <= cooldown]
