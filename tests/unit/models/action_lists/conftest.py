"""Warehouses in which it is settled already who gets what."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

Make = Callable[..., Any]
NEXT_ACTIONS = """
create schema decisions;
create table decisions.program_groups (
    customer_id varchar, unit_id varchar, program_group varchar, since_date date, until_date date
);
create table decisions.next_actions (
    as_of_date date, decision_id varchar, customer_id varchar, action_id varchar, channel varchar,
    purpose varchar, score double, customer_reason varchar, send_at timestamp
);
"""
OF_THE_DECISION = {"says", "channel", "score"}


@pytest.fixture(scope="session")
def chosen(warehouse: Make, insert: Make) -> Make:
    """A warehouse in which every customer was chosen for one channel, with the sentence given as `says`.

    The decisions are d_0, d_1 and so on; a customer whose channel is None gets nothing.
    """

    def make(
        customers: list[dict[str, Any]], *, channel: str = "direct_mail", **more: object
    ) -> duckdb.DuckDBPyConnection:
        people = [
            {key: value for key, value in customer.items() if key not in OF_THE_DECISION}
            for customer in customers
        ]
        connection: duckdb.DuckDBPyConnection = warehouse(people, **more)
        connection.execute(NEXT_ACTIONS)
        insert(
            connection,
            "decisions.next_actions",
            [decision(number, {"channel": channel} | customer) for number, customer in enumerate(customers)],
        )
        return connection

    return make


def decision(number: int, customer: dict[str, Any]) -> dict[str, Any]:
    is_chosen = customer["channel"] is not None
    return {
        "as_of_date": date(2017, 6, 30),
        "decision_id": f"d_{number}",
        "customer_id": customer["customer_id"],
        "action_id": "offer" if is_chosen else "none",
        "channel": customer["channel"],
        "purpose": "marketing" if is_chosen else None,
        "score": customer.get("score", 1) if is_chosen else None,
        "customer_reason": customer.get("says", "Good to see you."),
    }
