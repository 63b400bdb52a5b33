"""Metrics of customer experience on a handful of facts, over two nights and a late file."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.integration.dbt_warehouse import Row, Warehouse, event, march, message, order

BEFORE = march(1) - timedelta(days=2)
MODELS = ("+metric_goals", "+churn_reasons", "+customer_identifiers")
GOAL = "repeat_purchase_rate of all by week from 2024-03-18"

Values = dict[str, tuple[float | None, int]]


def answer(key: str, day: int, who: str, kind: str, score: int, **more: object) -> Row:
    defaults = {"record_key": key, "response_ref": key, "customer_ref": who, "kind": kind, "score": score}
    return defaults | {"answered_at": march(day, 18)} | more


def ticket(key: str, day: int, who: str, **more: object) -> Row:
    defaults = {"record_key": key, "ticket_ref": key, "customer_ref": who, "is_complaint": True}
    return defaults | {"opened_at": march(day), "topic": "Late parcel, Ms Bo"} | more


def fill(warehouse: Warehouse) -> None:
    """Facts until the 24th; a horizon is a week."""
    warehouse.execute("update settings.training set horizon_days = 7")
    warehouse.load(
        "orders",
        *(order(f"{who} before", 1, ordered_at=BEFORE, customer_ref=who) for who in ("bob", "gwen", "hal")),
        *(order(f"ann {day}", day, customer_ref="ann") for day in (1, 3, 20)),
        *(order(f"cid {day}", day, "30", customer_ref="cid") for day in (4, 12)),
    )
    warehouse.load(
        "survey_responses",
        answer("n1", 5, "cid", "nps", 10),
        answer("n2", 5, "gwen", "nps", 3),
        answer("s1", 6, "cid", "csat", 5),
        answer("s2", 21, "ann", "csat", 5),
        answer("s3", 23, "ann", "csat", 4),
        answer("s4", 22, "bob", "csat", 1, about_ref="t2"),
        answer("s5", 19, "eve", "csat", 5),
        answer("s6", 19, "fay", "csat", 2),
    )
    warehouse.load(
        "tickets",
        ticket("t2", 20, "bob", solved_at=march(22), satisfaction="good"),
    )
    warehouse.load(
        "messages",
        *(message(f"m {who}", 18, customer_ref=who) for who in ("eve", "fay")),
        message("m eve", 19, "unsubscribed", customer_ref="eve"),
    )
    warehouse.load(
        "events", *(event(f"e{number}", 20, customer_ref="ann", anonymous_ref=None) for number in (1, 2))
    )
    warehouse.execute(
        "insert into settings.metric_goals values"
        " (?, 'repeat_purchase_rate', 'week', 'all', 'all', 0.9, date '2024-03-18', 'the welcome letters')",
        GOAL,
    )


def run(warehouse: Warehouse) -> None:
    assert warehouse.dbt("run", "--select", *MODELS)


def week(warehouse: Warehouse, day: int, breakdown_id: str = "all") -> Values:
    found = warehouse.execute(
        "select metric, value, sample_size from marts.cx_metrics"
        " where period = 'week' and period_start = ? and breakdown_id = ?",
        date(2024, 3, day),
        breakdown_id,
    )
    return {metric: (value, size) for metric, value, size in found}


Nights = tuple[dict[int, Values], Warehouse]


@pytest.fixture(scope="module")
def nights(state: Path) -> Iterator[Nights]:
    """The weeks as the night of the 24th counted them, and the warehouse after that of the 31st."""
    warehouse = Warehouse(path=state / "warehouse.duckdb", state=state)
    warehouse.create()
    fill(warehouse)
    warehouse.set_day(24)
    run(warehouse)
    first = {day: week(warehouse, day) for day in (4, 11, 18, 25)}
    for table in ("cx_metrics", "metric_goals", "churn_reasons"):
        columns = ", ".join(row[0] for row in warehouse.execute(f"describe previous.{table}"))
        warehouse.execute(f"insert into previous.{table} select {columns} from marts.{table}")
    warehouse.execute(
        "update previous.cx_metrics set value = 0.123 where period_start = date '2024-03-04'"
        " and metric like 're%'"
    )
    warehouse.execute(
        "insert into previous.customer_segment_history"
        " select customer_id, 'engaged', date '2024-03-02', null, '', null, 'h2'"
        " from marts.customer_identifiers where identifier = 'cid'"
    )
    warehouse.load("orders", order("ann late", 12, customer_ref="ann"))
    warehouse.execute(
        "update landing.touched_days set night = date '2024-03-25' where touched_date = date '2024-03-12'"
        " and file_id = (select max(file_id) from landing.files)"
    )
    warehouse.execute(
        "update settings.night set as_of_date = date '2024-03-31', previous_date = date '2024-03-24',"
        " as_of_end_at = timestamp '2024-04-01 04:00'"
    )
    run(warehouse)
    yield first, warehouse
    warehouse.close()


def test_each_metric_comes_to_what_its_definition_says(nights: Nights) -> None:
    weeks, _ = nights
    assert weeks[4] == {
        "retention_rate": (0.0, 4),
        "churn_rate": (1.0, 4),
        "repeat_purchase_rate": (0.0, 1),
        "nps": (0.0, 2),
        "csat": (None, 1),
        "satisfaction_after_order": (None, 1),
    }
    assert weeks[11] == {
        "retention_rate": (1.0, 1),
        "churn_rate": (1.0, 1),
        "repeat_purchase_rate": (1.0, 1),
    }
    assert weeks[18] == {
        "retention_rate": (0.0, 1),
        "churn_rate": (1.0, 1),
        "repeat_purchase_rate": (1.0, 1),
        "csat": (0.6, 5),
        "satisfaction_after_order": (1.0, 2),
        # of an answer that names the ticket, and a rating on it
        "satisfaction_after_ticket": (0.5, 2),
        "satisfaction_after_campaign": (0.5, 2),
        "resolution_hours": (48.0, 1),
        "unsubscribe_rate": (0.5, 2),
        "complaint_rate": (0.0, 2),
        "events_per_visit": (2.0, 1),
        "active_days": (1.0, 1),
    }


def test_a_period_appears_when_all_of_it_is_there(nights: Nights) -> None:
    weeks, warehouse = nights
    assert weeks[25] == {}
    ((last_end, first_start),) = warehouse.execute(
        "select max(period_end), min(period_start) from marts.cx_metrics where period <> 'day'"
    )
    # the week of the first fact began before there was any
    assert (last_end, first_start) == (date(2024, 3, 31), date(2024, 3, 1))


def test_a_late_fact_changes_the_periods_that_it_reaches_and_no_other(nights: Nights) -> None:
    first, warehouse = nights
    assert week(warehouse, 4)["retention_rate"] == (0.123, 4)
    assert week(warehouse, 11)["repeat_purchase_rate"] == (1.0, 2)
    assert week(warehouse, 18)["retention_rate"] == (0.5, 2)
    assert week(warehouse, 18)["csat"] == first[18]["csat"]


def test_segments_are_those_in_which_people_were_when_the_period_began(nights: Nights) -> None:
    _, warehouse = nights
    assert week(warehouse, 18, "engaged") == {"retention_rate": (0.0, 1), "churn_rate": (1.0, 1)}


def test_cohorts_are_counted_by_month(nights: Nights) -> None:
    _, warehouse = nights
    assert warehouse.execute(
        "select breakdown_id, value, sample_size from marts.cx_metrics"
        " where metric = 'realised_lifetime_value' order by all"
    ) == [("2024-02", 10.0, 3), ("2024-03", 50.0, 2), ("all", 26.0, 5)]


def test_a_baseline_stays_as_it_was_when_it_was_frozen(nights: Nights) -> None:
    _, warehouse = nights
    (row,) = warehouse.execute(
        "select baseline_start, baseline, baseline_size, frozen_date, current_start, current_size, progress"
        " from marts.metric_goals"
    )
    assert row == (date(2024, 3, 11), 1.0, 1, date(2024, 3, 24), date(2024, 3, 18), 1, 0.0)


def test_reasons_of_churn_say_no_words_of_a_person(nights: Nights) -> None:
    _, warehouse = nights
    third = 0.333333
    assert warehouse.execute(
        "select month_start, source, reason, customers, share from marts.churn_reasons order by source"
    ) == [
        (date(2024, 3, 1), "behaviour", "none known", 1, third),
        (date(2024, 3, 1), "survey", "would not recommend us", 1, third),
        (date(2024, 3, 1), "ticket", "another complaint", 1, third),
    ]
