from collections.abc import Callable
from typing import Any

from regulars.simulation.facts import DayFacts

Objects = Callable[[str], list[dict[str, Any]]]
CALLS = "web/2024-01-08.jsonl.gz"


def test_every_call_is_logged_with_its_own_time_and_ids(objects: Objects, facts: DayFacts) -> None:
    calls = objects(CALLS)
    events = facts.web_events
    assert [call["messageId"] for call in calls] == events["event_id"].to_list()
    assert [call.get("userId") for call in calls] == events["user_id"].to_list()
    stamps = events["at"].dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_list()
    assert [call["timestamp"] for call in calls] == stamps


def test_an_identify_call_has_traits_and_the_others_have_properties(objects: Objects) -> None:
    for call in objects(CALLS):
        is_identify = call["type"] == "identify"
        assert ("traits" in call, "properties" in call) == (is_identify, not is_identify)
        assert ("event" in call, "name" in call) == (call["type"] == "track", call["type"] == "page")


def test_quotes_and_backslashes_come_back_as_they_were(objects: Objects) -> None:
    searches = {call["properties"].get("query") for call in objects(CALLS) if call["type"] == "track"}
    assert searches == {None, 'a "quoted" \\ query'}
    assert {call["context"]["page"].get("title") for call in objects(CALLS) if "page" in call["context"]} == {
        "Home",
        '12" pan',
        "Search \\ find",
        None,
    }


def test_an_amount_is_a_number(objects: Objects) -> None:
    values = {call["properties"].get("value") for call in objects(CALLS) if call["type"] == "track"}
    assert values == {None, 19.99}
