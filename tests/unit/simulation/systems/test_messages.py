"""The two tools that send messages: e-mail by one vendor, SMS and push by the other."""

from collections.abc import Callable
from typing import Any

import polars as pl

from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.email_tool import PRIVACY_PROXY

Objects = Callable[[str], list[dict[str, Any]]]
EMAIL, OTHERS = "email/2024-01-08.jsonl", "messaging/2024-01-08.jsonl"


def test_each_tool_tells_the_messages_of_its_own_channels(objects: Objects, facts: DayFacts) -> None:
    by_email = facts.messages.filter(pl.col("channel") == "email")
    assert len(objects(EMAIL)) == by_email.height > 0
    assert len(objects(OTHERS)) == facts.messages.height - by_email.height
    assert {event["object_type"] for event in objects(OTHERS)} == {"sms", "push"}


def test_the_decision_behind_a_message_comes_back(objects: Objects, facts: DayFacts) -> None:
    asked = set(facts.messages["decision_id"].drop_nulls())
    told = [event.get("decision_id") for event in objects(EMAIL)]
    told += [event["data"].get("decision_id") for event in objects(OTHERS)]
    assert {decision for decision in told if decision} == asked
    assert None in told


def test_events_have_ids_of_their_own(objects: Objects) -> None:
    ids = [event["sg_event_id"] for event in objects(EMAIL)] + [
        event["event_id"] for event in objects(OTHERS)
    ]
    assert len(set(ids)) == len(ids)


def test_a_machine_shows_by_its_agent_only(objects: Objects, facts: DayFacts) -> None:
    opened = [event for event in objects(EMAIL) if event["event"] == "open"]
    by_machine = facts.messages.filter(pl.col("is_machine") & (pl.col("channel") == "email"))
    assert sum(event["useragent"] == PRIVACY_PROXY for event in opened) == by_machine.height > 0
    assert not any("machine" in key for event in opened for key in event)


def test_a_bounce_says_why(objects: Objects) -> None:
    reasons = {event["reason"] for event in objects(EMAIL) if event["event"] == "bounce"}
    assert reasons == {'550 "no such user"'}
