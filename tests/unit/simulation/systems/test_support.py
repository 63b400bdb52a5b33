from collections.abc import Callable
from typing import Any

from regulars.simulation.facts import DayFacts

Objects = Callable[[str], list[dict[str, Any]]]


def test_a_ticket_is_exported_in_its_newest_version_only(objects: Objects, facts: DayFacts) -> None:
    tickets = objects("support/tickets_2024-01-08.jsonl")
    assert sorted(ticket["id"] for ticket in tickets) == sorted(facts.tickets["ticket_id"].unique())
    assert {ticket["status"] for ticket in tickets} == {"solved"}


def test_a_complaint_carries_its_tag_beside_the_others(objects: Objects) -> None:
    tags = {tuple(ticket["tags"]) for ticket in objects("support/tickets_2024-01-08.jsonl")}
    assert tags == {("delivery", "complaint"), ()}


def test_a_ticket_without_a_rating_says_null(objects: Objects) -> None:
    ratings = [ticket["satisfaction_rating"] for ticket in objects("support/tickets_2024-01-08.jsonl")]
    assert None in ratings
    assert {"score": "bad", "comment": 'so "so"'} in ratings


def test_a_user_without_an_address_says_null(objects: Objects) -> None:
    emails = [user["email"] for user in objects("support/users_2024-01-08.jsonl")]
    assert None in emails
    assert "Person1@example.com" in emails
