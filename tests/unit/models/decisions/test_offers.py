"""Who has an offer hears no other price for the same; none is given out of its time or beyond its stock."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from regulars.models.action_lists.write import write_action_lists
from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels

Make = Callable[..., Any]
NIGHT = date(2017, 6, 30)
TEN = {"kind": "percent", "value": 10, "valid_days": 14}
LETTER = {"channels": ["direct_mail"]}


def gives(action: str, value: int, **terms: object) -> dict[str, Any]:
    return LETTER | {"id": action, "value": value, "offer_terms": TEN | terms}


def night(
    connection: duckdb.DuckDBPyConnection, actions: ActionCatalogue, rules: Channels, folder: Path
) -> list[tuple[Any, ...]]:
    """Decide and hand over; customers with their action and reason."""
    decide(connection, actions, rules)
    write_action_lists(connection, actions, rules, folder=folder, run_id="run", config_hash="hash")
    return connection.sql(
        "select customer_id, action_id, reason_code from decisions.next_actions order by all"
    ).fetchall()


def carry(connection: duckdb.DuckDBPyConnection, days: int = 0) -> None:
    """Publish the night, and begin the one of so many days later."""
    for table in ("planned_touchpoints", "offer_ledger"):
        connection.execute(
            f"insert into previous.{table} from decisions.{table}"
            f" where decision_id not in (select decision_id from previous.{table})"
        )
    connection.execute("update settings.night set as_of_date = as_of_date + ?", [days])


def rules_of(channels: Make) -> Channels:
    return channels(mail={"max_touchpoints": 9, "per_days": 1}, across={"max_touchpoints": 9})  # type: ignore[no-any-return]


def test_no_other_price_is_offered_while_one_runs(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    actions = catalogue(gives("ten", 20), gives("twenty", 19))
    connection, rules = warehouse([{"customer_id": "a"}]), rules_of(channels)
    assert night(connection, actions, rules, tmp_path) == [("a", "ten", "chosen")]
    # day after day until the last on which the first may be used; the cooldown of ten lasts longer
    carry(connection, 13)
    assert night(connection, actions, rules, tmp_path) == [("a", "none", "action_cooldown")]
    stopped = connection.sql("select reason_code from decisions.decision_trace where action_id = 'twenty'")
    assert stopped.fetchall() == [("offer_running",)]
    carry(connection, 1)
    assert night(connection, actions, rules, tmp_path) == [("a", "twenty", "chosen")]


def test_offers_on_other_products_do_not_contradict(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    actions = catalogue(
        gives("tea", 20, categories=["Tea"]),
        gives("coffee", 19, categories=["Coffee"]),
        gives("both", 18, categories=["Tea", "Coffee"]),
    )
    connection, rules = warehouse([{"customer_id": "a"}]), rules_of(channels)
    night(connection, actions, rules, tmp_path)
    carry(connection, 1)
    assert night(connection, actions, rules, tmp_path) == [("a", "coffee", "chosen")]
    assert connection.sql(
        "select categories, valid_from, valid_until from decisions.active_offers order by valid_from"
    ).fetchall() == [
        ('["Tea"]', NIGHT + timedelta(1), NIGHT + timedelta(14)),
        ('["Coffee"]', NIGHT + timedelta(2), NIGHT + timedelta(15)),
    ]
    carry(connection, 1)
    assert night(connection, actions, rules, tmp_path)[0][1] == "none"


def test_an_offer_follows_the_customer_and_ends(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    actions, rules = catalogue(gives("ten", 20), gives("twenty", 19)), rules_of(channels)
    connection = warehouse([{"customer_id": "a"}])
    night(connection, actions, rules, tmp_path)
    carry(connection, 1)
    connection.execute("update marts.customers set customer_id = 'z'")
    connection.execute("update marts.customer_permissions set customer_id = 'z'")
    connection.execute("insert into marts.customer_aliases values ('a', 'z')")
    night(connection, actions, rules, tmp_path)
    active = connection.sql("select distinct customer_id, action_id from decisions.active_offers")
    assert active.fetchall() == [("z", "ten")]
    stopped = "select reason_code from decisions.decision_trace where action_id = 'twenty'"
    assert connection.sql(stopped).fetchall() == [("offer_running",)]
    carry(connection, 20)
    decide(connection, actions, rules)
    assert connection.sql(stopped).fetchall() == [("chosen",)]


def test_an_offer_is_given_in_its_time_only(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    days = {"from_date": "2017-07-02", "until_date": "2017-07-03"}
    actions, rules = catalogue(gives("ten", 20, **days)), rules_of(channels)
    said = []
    for day in range(4):
        connection = warehouse([{"customer_id": "a"}], night=NIGHT + timedelta(day))
        said.append(night(connection, actions, rules, tmp_path)[0][2])
    # what a night decides is delivered on the day after
    assert said == ["offer_not_given", "chosen", "chosen", "offer_not_given"]


def test_a_stock_lasts_over_all_nights(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    people = [{"customer_id": f"c{number}"} for number in range(4)]
    actions, rules = catalogue(gives("ten", 20, stock=3) | {"cooldown_days": 0}), rules_of(channels)
    connection = warehouse(people)
    first = night(connection, actions, rules, tmp_path)
    assert [action for _, action, _ in first].count("ten") == 3
    again = night(connection, actions, rules, tmp_path)
    assert again == first
    carry(connection)
    assert night(connection, actions, rules, tmp_path) == first
    carry(connection, 1)
    assert {reason for *_, reason in night(connection, actions, rules, tmp_path)} == {"nightly_limit"}
    limit = connection.sql("select limit_kind, allowed, used from decisions.allocation_limits").fetchall()
    assert limit == [("offer", 0, 0)]


def test_a_night_run_again_gives_the_same_offers_and_says_the_same(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    actions, rules = catalogue(gives("ten", 20), gives("twenty", 19)), rules_of(channels)
    connection = warehouse([{"customer_id": "a", "order_count": 1}])
    tables = ("next_actions", "decision_trace", "offer_ledger", "active_offers")

    def said() -> list[list[tuple[Any, ...]]]:
        night(connection, actions, rules, tmp_path)
        return [connection.sql(f"from decisions.{table}").fetchall() for table in tables]

    first = said()
    carry(connection)
    assert said() == first


def test_who_has_one_offer_of_the_night_gets_no_other_from_its_next_run(
    warehouse: Make, catalogue: Make, channels: Make, tmp_path: Path
) -> None:
    first = gives("ten", 20) | {"eligible_when": "order_count = 1"}
    actions, rules = catalogue(first, gives("twenty", 19)), rules_of(channels)
    connection = warehouse([{"customer_id": "a", "order_count": 1}])
    night(connection, actions, rules, tmp_path)
    carry(connection)
    connection.execute("update marts.customers set order_count = 2")
    assert night(connection, actions, rules, tmp_path) == [("a", "none", "already_handed_over")]
    assert connection.sql("select action_id from decisions.active_offers").fetchall() == [("ten",)]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"kind": "percent", "valid_days": 3}, "needs a value"),
        ({"kind": "gift", "value": 3, "valid_days": 3}, "has no value"),
        ({"kind": "percent", "value": 101, "valid_days": 3}, "more than all"),
        ({"kind": "percent", "value": 10}, "valid_days"),
        ({"kind": "percent", "value": 10, "valid_days": 0}, "greater than or equal to 1"),
        ({"kind": "percent", "value": 10, "valid_days": 3, "stock": None}, "blank"),
        (TEN | {"from_date": "2024-02-01", "until_date": "2024-01-01"}, "swap them"),
        ({"kind": "half", "valid_days": 3}, "'percent', 'amount'"),
    ],
)
def test_terms_that_say_nothing_are_refused(catalogue: Make, terms: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        catalogue({"offer_terms": terms})


def test_terms_need_words_for_the_customer(catalogue: Make) -> None:
    with pytest.raises(ValidationError, match="write what she gets, in words"):
        catalogue({"offer_terms": TEN, "offer": ""})
