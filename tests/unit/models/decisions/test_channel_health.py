"""A channel that people refuse more than they used to counts for less, by itself, and its history is kept."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from regulars.models.decisions.decide import decide

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)


@pytest.fixture
def made(warehouse: Make, catalogue: Make, channels: Make) -> tuple[Make, Make, Make]:
    return warehouse, catalogue, channels


def sent(
    connection: duckdb.DuckDBPyConnection, days_ago: int, count: int, refused: int, channel: str = "email"
) -> None:
    for status, rows in (
        ("sent", count),
        ("unsubscribed", refused // 2),
        ("complained", refused - refused // 2),
    ):
        connection.execute(
            "insert into marts.customer_timeline select 'c' || i, 'message', ?, ?, ? from range(?) as n (i)",
            [NIGHT - timedelta(days_ago), channel, status, rows],
        )


def health(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    rows = connection.sql(
        "select channel, multiplier from decisions.channel_health where as_of_date = '2017-06-30'"
    )
    return dict(rows.fetchall())


@pytest.mark.parametrize(
    ("usual", "recent", "expected"),
    [
        ((10_000, 20), (2_000, 20), 0.2),
        ((10_000, 20), (2_000, 400), 0.1),
        # twice as many of so few may be chance
        ((10_000, 20), (500, 2), 1),
        ((10_000, 20), (2_000, 0), 1),
        ((10_000, 0), (2_000, 40), 0.1),
        ((0, 0), (2_000, 40), 1),
        ((10_000, 20), (0, 0), 1),
    ],
)
def test_only_what_is_surely_more_than_usual_counts(
    made: tuple[Make, Make, Make], usual: tuple[int, int], recent: tuple[int, int], expected: float
) -> None:
    warehouse, catalogue, channels = made
    connection = warehouse([{"customer_id": "a"}])
    sent(connection, 28, *usual)
    sent(connection, 27, *recent)
    decide(connection, catalogue(), channels())
    assert health(connection) == {"email": expected, "direct_mail": 1}


def test_a_refused_channel_gives_way_to_another_and_comes_back(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a", "email": "a@x.example"}])
    actions = catalogue({"channels": ["email", "direct_mail"]})
    chosen = "select channel, round(score, 6) from decisions.next_actions"
    decide(connection, actions, channels())
    assert connection.sql(chosen).fetchall() == [("email", 1.99)]
    sent(connection, 60, 10_000, 20)
    sent(connection, 5, 2_000, 20)
    decide(connection, actions, channels())
    # 0.1 x 20 x 0.2 - 0.01 by e-mail, 0.1 x 20 - 0.65 by letter
    assert connection.sql(chosen).fetchall() == [("direct_mail", 1.35)]
    trace = "select round(score, 6) from decisions.decision_trace where channel = 'email'"
    assert connection.sql(trace).fetchall() == [(0.39,)]


def test_history_is_kept_and_a_night_run_again_says_the_same(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}])
    connection.execute(
        "insert into previous.channel_health values ('2017-06-29', 'email', 10, 1, 0.1, 0.05, 0.5),"
        " ('2017-06-30', 'email', 10, 1, 0.1, 0.05, 0.5), ('2016-01-01', 'email', 10, 1, 0.1, 0.05, 0.5)"
    )
    decide(connection, catalogue(), channels())
    rows = connection.sql("select as_of_date, channel, multiplier from decisions.channel_health").fetchall()
    assert rows == [
        (date(2017, 6, 29), "email", 0.5),
        (NIGHT, "direct_mail", 1),
        (NIGHT, "email", 1),
    ]
