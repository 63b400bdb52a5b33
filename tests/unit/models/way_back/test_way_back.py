"""What became of decisions, and of the files that carried them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from regulars.models.action_lists.destinations import DestinationFile
from regulars.models.action_lists.handed_over import TABLES as HANDED_OVER
from regulars.models.action_lists.write import ActionList, Manifest
from regulars.models.way_back.outcomes import record_outcomes
from regulars.models.way_back.reconciliation import files_of_night, reconcile
from regulars.store.actions import ActionCatalogue
from regulars.warehouse.carried import CARRIED
from regulars.warehouse.settings_tables import SETTINGS

Make = Callable[..., Any]
Rows = Iterable[dict[str, object]]
NIGHT = date(2017, 6, 30)
TABLES = """
create schema decisions;
create table marts.decision_messages (
    decision_id varchar, matched_by varchar, record_key varchar, event varchar, occurred_at timestamp,
    is_machine boolean default false, reason varchar
);
create table settings.deliveries (
    planned_date date, destination varchar, channel varchar, form varchar, delivered_count bigint
);
"""
LETTER = ActionList("letter.csv", "letter", 2, "", {})


def day(days_ago: int) -> date:
    return NIGHT - timedelta(days_ago)


def at(days_ago: int, hour: int = 9) -> datetime:
    return datetime.combine(day(days_ago), datetime.min.time()).replace(hour=hour)


def plan(decision: str, days_ago: int, customer: str = "a") -> dict[str, object]:
    return {
        "decision_id": decision,
        "customer_id": customer,
        "action_id": "offer",
        "channel": "letter",
        "planned_date": day(days_ago),
    }


def said(decision: str, event: str, days_ago: int, **more: object) -> dict[str, object]:
    return {
        "decision_id": decision,
        "matched_by": "decision_id",
        "record_key": event,
        "event": event,
        "occurred_at": at(days_ago),
    } | more


@pytest.fixture
def history(warehouse: Make, insert: Make) -> Make:
    """A warehouse of customers a, b and so on, after nights with these plans, answers and orders."""

    def make(
        plans: Rows, answers: Rows = (), *, customers: Iterable[str] = "ab", **tables: Rows
    ) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection = warehouse(
            [{"customer_id": name} for name in customers], night=NIGHT
        )
        connection.execute(TABLES)
        for statement in HANDED_OVER:
            connection.execute(statement)
        for table in CARRIED:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
            connection.execute(f'create table if not exists previous."{table.name}" ({columns})')
        insert(connection, "decisions.planned_touchpoints", plans)
        insert(connection, "marts.decision_messages", answers)
        for name, rows in tables.items():
            insert(connection, name.replace("__", "."), rows)
        return connection

    return make


def outcomes(connection: duckdb.DuckDBPyConnection, catalogue: ActionCatalogue, columns: str) -> list[Any]:
    record_outcomes(connection, catalogue)
    return connection.execute(f"select {columns} from decisions.action_outcomes").fetchall()


def test_what_a_tool_and_a_person_did_stands_beside_the_decision(history: Make, catalogue: Make) -> None:
    connection = history(
        [plan("d1", 20)],
        [
            said("d1", "sent", 19),
            said("d1", "delivered", 19, occurred_at=at(19, 10)),
            said("d1", "opened", 19, occurred_at=at(19, 11), is_machine=True),
            said("d1", "opened", 18, matched_by="message_ref"),
            said("d1", "opened", 17),
            said("d1", "clicked", 16),
            said("d1", "unsubscribed", 15),
        ],
    )
    columns = (
        "matched_by, is_accepted, sent_at, delivered_at, machine_opened_at, opened_at, clicked_at,"
        " unsubscribed_at, complained_at, failed_at, kept_out"
    )
    assert outcomes(connection, catalogue(), columns) == [
        ("decision_id", True, at(19), at(19, 10), at(19, 11), at(18), at(16), at(15), None, None, None)
    ]


def test_what_failed_says_why_and_is_not_accepted(history: Make, catalogue: Make) -> None:
    connection = history(
        [plan("d1", 20), plan("d2", 20, "b")],
        [said("d1", "failed", 19, reason="mailbox full"), said("d2", "sent", 19), said("d2", "bounced", 19)],
    )
    assert outcomes(connection, catalogue(), "decision_id, is_accepted, failed_reason") == [
        ("d1", False, "mailbox full"),
        ("d2", True, "bounced"),
    ]


@pytest.mark.parametrize(
    ("event", "accepted"), [("sent", True), ("bounced", True), ("unsubscribed", False), ("failed", False)]
)
def test_a_tool_accepted_what_it_sent_or_what_only_a_sent_message_brings(
    history: Make, catalogue: Make, event: str, *, accepted: bool
) -> None:
    connection = history([plan("d1", 20)], [said("d1", event, 19)])
    assert outcomes(connection, catalogue(), "matched_by, is_accepted") == [("decision_id", accepted)]


def test_orders_count_from_the_day_after_the_night_to_the_last_day_of_the_window(
    history: Make, catalogue: Make
) -> None:
    orders = [
        {"customer_id": "a", "order_date": day(20 - days), "amount": amount}
        for days, amount in ((0, 1), (1, 2), (14, 4), (15, 8))
    ]
    connection = history([plan("d1", 20), plan("d2", 13, "b")], marts__orders=orders)
    columns = "decision_id, order_count, order_amount, is_outcome_reached, is_window_over"
    assert outcomes(connection, catalogue(), columns) == [
        ("d1", 2, 6, True, True),
        ("d2", 0, 0, False, False),
    ]


@pytest.mark.parametrize(("outcome", "reached"), [("visit", True), ("answer", False), ("order", False)])
def test_another_outcome_is_reached_by_another_act(
    history: Make, catalogue: Make, outcome: str, *, reached: bool
) -> None:
    visit = {"customer_id": "a", "kind": "visit", "occurred_date": day(18)}
    connection = history([plan("d1", 20)], marts__customer_timeline=[visit])
    actions = catalogue({"outcome": outcome})
    assert outcomes(connection, actions, "is_outcome_reached") == [(reached,)]


def test_who_was_kept_out_is_remembered_with_the_reason_and_gets_no_answers(
    history: Make, catalogue: Make
) -> None:
    tonight = plan("d2", 0, "b") | {"reason_code": "address_shared", "reason": "why"}
    tonight["as_of_date"] = tonight.pop("planned_date")
    earlier = plan("d1", 3) | {"kept_out": "permission_lost", "outcome": "order", "outcome_days": 7}
    connection = history(
        [], [said("d1", "sent", 2)], previous__action_outcomes=[earlier], decisions__kept_out=[tonight]
    )
    assert outcomes(connection, catalogue(), "decision_id, kept_out, outcome_days, is_accepted") == [
        ("d1", "permission_lost", 7, False),
        ("d2", "address_shared", 14, False),
    ]


def test_what_an_earlier_run_handed_over_counts_as_handed_over(history: Make, catalogue: Make) -> None:
    again = {"as_of_date": NIGHT, "decision_id": "d1", "customer_id": "a", "action_id": "offer"} | {
        "channel": "letter",
        "reason_code": "permission_lost",
        "reason": "why",
    }
    connection = history([plan("d1", 0)], decisions__kept_out=[again])
    assert outcomes(connection, catalogue(), "decision_id, kept_out") == [("d1", None)]


def test_a_decision_is_remembered_as_long_as_the_timeline_and_under_the_present_id(
    history: Make, catalogue: Make
) -> None:
    connection = history(
        [plan("d_old", 180), plan("d1", 179, "was a"), plan("d2", 1, "erased")],
        marts__customer_aliases=[{"alias_id": "was a", "customer_id": "a"}],
    )
    assert outcomes(connection, catalogue(), "decision_id, customer_id") == [("d1", "a")]


def reconciled(
    connection: duckdb.DuckDBPyConnection, actions: ActionCatalogue, columns: str, *files: DestinationFile
) -> list[Any]:
    record_outcomes(connection, actions)
    reconcile(connection, Manifest(NIGHT, "r", "c", (LETTER,), files))
    return connection.execute(f"select {columns} from decisions.delivery_reconciliation").fetchall()


def file_of(days_ago: int) -> dict[str, object]:
    return {
        "planned_date": day(days_ago),
        "destination": "news",
        "channel": "letter",
        "file": "news/letter.csv",
    }


def test_a_file_says_what_it_handed_over_and_what_was_heard_of_it(history: Make, catalogue: Make) -> None:
    delivered = pl.DataFrame(
        [(day(4), "news", "letter", form, 2) for form in (".jsonl", ".jsonl", ".parquet")],
        schema=SETTINGS["deliveries"].schema,
        orient="row",
    ).to_dicts()
    connection = history(
        [plan("d1", 4), plan("d2", 4, "b"), plan("d3", 4, "c"), plan("d4", 0, "a")],
        [
            said("d1", "sent", 3),
            said("d2", "failed", 3, reason="unknown", matched_by="customer_and_day"),
        ],
        customers="abc",
        previous__delivery_reconciliation=[file_of(4)],
        settings__deliveries=delivered,
    )
    assert reconciled(
        connection,
        catalogue(),
        "planned_date, destination, file, handed_over_count, delivered_count, accepted_count, sent_count,"
        " failed_count, failed_reasons, guessed_count, unanswered_count",
    ) == [
        (day(4), "news", "news/letter.csv", 3, 4, 1, 1, 1, '{"unknown":1}', 1, 1),
        (NIGHT, "", "letter.csv", 1, None, 0, 0, 0, None, 0, 1),
    ]


@pytest.mark.parametrize(
    ("days_ago", "answered", "reporting"),
    [(3, 0, "letter"), (2, 0, "letter"), (3, 0, "another"), (3, 19, "letter"), (3, 20, "letter")],
)
def test_a_file_is_missing_when_a_channel_that_reports_is_silent_about_most_of_it(
    history: Make, catalogue: Make, days_ago: int, answered: int, reporting: str
) -> None:
    names = [chr(ord("a") + number) for number in range(26)] + ["z1", "z2", "z3", "z4"]
    connection = history(
        [plan(f"d_{name}", days_ago, name) for name in names],
        [said(f"d_{name}", "sent", days_ago - 1) for name in names[:answered]],
        customers=names,
        previous__delivery_reconciliation=[file_of(days_ago)],
        marts__customer_touchpoints=[{"customer_id": "a", "channel": reporting}],
    )
    assert reconciled(connection, catalogue(), "unanswered_count, is_missing") == [
        (30 - answered, days_ago >= 3 and answered < 20 and reporting == "letter")
    ]


def test_the_parts_and_forms_of_a_list_are_one_file() -> None:
    def part(name: str, kind: str = "action_list") -> DestinationFile:
        return DestinationFile(f"web/{name}", "web", kind, "letter", 1, "")

    files = (part("letter_1.csv"), part("letter_2.csv"), part("opt_outs.csv", "opt_outs"))
    other = ActionList("post.csv", "post", 0, "", {})
    assert files_of_night(Manifest(NIGHT, "r", "c", (LETTER, other), files)).rows() == [
        ("", "post", "post.csv"),
        ("web", "letter", "web/letter_1.csv, web/letter_2.csv"),
    ]
