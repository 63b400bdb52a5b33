"""Nobody is disturbed in a quiet hour of her own clock, on no day of the year."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from regulars.models.decisions.decide import decide
from tests.examples import examples

Make = Callable[..., Any]
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "America/St_Johns", "UTC")
HOUR = st.integers(0, 23)
# clocks go on in Berlin, back in Berlin, on in New York, back in New York, and no day of note
NIGHTS = st.sampled_from(
    [date(2024, 3, 30), date(2024, 10, 26), date(2024, 3, 9), date(2024, 11, 2), date(2017, 6, 30)]
)


@pytest.fixture(scope="module")
def made(warehouse: Make, catalogue: Make, channels: Make) -> tuple[Make, Make, Make]:
    return warehouse, catalogue, channels


def send_times(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[datetime, str]]:
    rows = connection.sql("select customer_id, send_at, send_zone from decisions.next_actions").fetchall()
    return {customer: (at.replace(tzinfo=UTC), zone) for customer, at, zone in rows if at}


@examples(40)
@given(
    night=NIGHTS,
    quiet=st.tuples(HOUR, HOUR).filter(lambda pair: pair[0] != pair[1]),
    people=st.lists(st.tuples(st.sampled_from([*ZONES, "Mars/Base", None]), st.none() | HOUR), max_size=8),
)
def test_nobody_hears_from_us_in_a_quiet_hour(
    made: tuple[Make, Make, Make],
    night: date,
    quiet: tuple[int, int],
    people: list[tuple[str | None, int | None]],
) -> None:
    warehouse, catalogue, channels = made
    connection = warehouse(
        [
            {"customer_id": f"c{number}", "time_zone": zone, "best_hour": hour}
            for number, (zone, hour) in enumerate(people)
        ],
        night=night,
    )
    hours = {"from_hour": quiet[0], "until_hour": quiet[1]}
    rules = channels(quiet_hours=hours, mail={"send_hour": quiet[1]}, email={"send_hour": quiet[1]})
    decide(connection, catalogue(), rules)
    found = send_times(connection)
    assert len(found) == len(people)
    for number, (zone, _) in enumerate(people):
        at, known = found[f"c{number}"]
        assert known == (zone if zone in ZONES else "Europe/Berlin")
        local = at.astimezone(ZoneInfo(known))
        assert local.date() == night + timedelta(days=1)
        assert not rules.quiet_hours.holds(local.hour)


def test_her_best_hour_comes_first_then_the_channels(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    people = [
        {"customer_id": "early", "best_hour": 7},
        {"customer_id": "late", "best_hour": 20},
        {"customer_id": "unknown"},
    ]
    connection = warehouse(people)
    decide(connection, catalogue(), channels(mail={"send_hour": 15}, email={"send_hour": 15}))
    hours = {
        customer: at.astimezone(ZoneInfo(zone)).hour
        for customer, (at, zone) in send_times(connection).items()
    }
    assert hours == {"early": 7, "late": 20, "unknown": 15}


def test_a_habit_of_the_stores_clock_is_kept_on_her_own(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a", "time_zone": "America/New_York", "best_hour": 20}])
    decide(connection, catalogue(), channels(quiet_hours={"from_hour": 21, "until_hour": 9}))
    at, zone = send_times(connection)["a"]
    # 20 o'clock in Berlin is 14 o'clock in New York, and not quiet there
    assert (at.hour, at.astimezone(ZoneInfo(zone)).hour) == (18, 14)


def test_who_gets_nothing_has_no_time(warehouse: Make, catalogue: Make, channels: Make) -> None:
    connection = warehouse([{"customer_id": "a"}], permissions=[])
    decide(connection, catalogue(), channels())
    assert send_times(connection) == {}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"quiet_hours": {"from_hour": 9, "until_hour": 9}}, "all of them or none"),
        ({"quiet_hours": {"from_hour": 24, "until_hour": 9}}, "less than or equal to 23"),
        ({"quiet_hours": {"from_hour": "21:00", "until_hour": 9}}, "'21:00' is no hour"),
        ({"quiet_hours": {"from_hour": 9, "until_hour": 21}}, "sends at 10, which is a quiet hour"),
    ],
)
def test_hours_that_cannot_be_kept_are_refused(channels: Make, declared: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        channels(**declared)
