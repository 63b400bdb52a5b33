"""Who is on hold gets nothing of the classes that the hold stops, and hears why."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue

Make = Callable[..., Any]
HOLD = {
    "id": "sad",
    "when": "top_category = 'wrong'",
    "until": "she is glad again",
    "reason": "bought {order_count} times, of {top_category}",
    "customer_reason": "We are sorry, {first_name|dear customer}.",
}
LETTER = {"id": "letter", "action_class": "marketing", "value": 30}
CALL = {"id": "call", "action_class": "service", "value": 20}


def catalogue_with(catalogue: Make, holds: list[dict[str, Any]], *actions: dict[str, Any]) -> ActionCatalogue:
    told = catalogue(*actions).model_dump(exclude_unset=True)
    return ActionCatalogue.model_validate(
        told | {"holds": holds, "columns_customers_may_read": ["first_name"]}
    )


def decided(
    warehouse: Make, catalogue: ActionCatalogue, channels: Make, category: str | None
) -> tuple[Any, ...]:
    connection = warehouse([{"customer_id": "a", "order_count": 2, "top_category": category}])
    decide(connection, catalogue, channels())
    (row,) = connection.sql(
        "select action_id, reason_code, reason, customer_reason from decisions.next_actions"
    ).fetchall()
    return tuple(row)


@pytest.mark.parametrize("category", [None, "right"])
def test_who_is_not_on_hold_is_chosen_as_ever(
    warehouse: Make, catalogue: Make, channels: Make, category: str | None
) -> None:
    actions = catalogue_with(catalogue, [HOLD], LETTER)
    assert decided(warehouse, actions, channels, category)[:2] == ("letter", "chosen")


def test_a_hold_says_why_and_until_when_to_both(warehouse: Make, catalogue: Make, channels: Make) -> None:
    actions = catalogue_with(catalogue, [HOLD], LETTER)
    assert decided(warehouse, actions, channels, "wrong") == (
        "none",
        "on_hold",
        "nothing: on hold (sad): bought 2 times, of wrong, until she is glad again",
        "We are sorry, dear customer.",
    )


def test_a_hold_stops_its_classes_only(warehouse: Make, catalogue: Make, channels: Make) -> None:
    actions = catalogue_with(catalogue, [HOLD], LETTER, CALL)
    assert decided(warehouse, actions, channels, "wrong")[0] == "call"
    everything = HOLD | {"action_classes": ["marketing", "service", "transactional"]}
    actions = catalogue_with(catalogue, [everything], LETTER, CALL)
    assert decided(warehouse, actions, channels, "wrong")[:2] == ("none", "on_hold")


def test_of_several_holds_the_first_speaks(warehouse: Make, catalogue: Make, channels: Make) -> None:
    later = HOLD | {"id": "later", "when": "order_count > 0", "reason": "ordered {order_count} times"}
    actions = catalogue_with(catalogue, [HOLD, later], LETTER)
    assert "(sad)" in decided(warehouse, actions, channels, "wrong")[2]
    assert decided(warehouse, actions, channels, "right")[2].startswith("nothing: on hold (later): ordered 2")


def test_a_hold_twice_or_with_what_customers_may_not_read_is_refused(catalogue: Make) -> None:
    with pytest.raises(ValidationError, match="hold 'sad' is declared twice"):
        catalogue_with(catalogue, [HOLD, HOLD], LETTER)
    with pytest.raises(ValidationError, match="hold 'sad': customer_reason shows 'order_count'"):
        catalogue_with(catalogue, [HOLD | {"customer_reason": "You ordered {order_count|0} times."}], LETTER)


def test_a_column_that_does_not_exist_is_named_with_the_hold(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue_with(catalogue, [HOLD | {"when": "order_cont > 1"}], LETTER)
    with pytest.raises(ValueError, match="hold 'sad': when names 'order_cont', which is no column"):
        decided(warehouse, actions, channels, None)


def test_what_a_human_says_of_a_customer_outranks_and_names_who_said_it(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": name, "top_category": "wrong"} for name in "ab"])
    connection.execute("insert into marts.customer_identifiers values ('a', '', 'email', 'a@x.example')")
    connection.execute(
        """
        insert into settings.holds values
            (0, 'email', '', 'nobody@x.example', 'marketing', '2017-06-01', null, 'never', 'cy'),
            (1, 'email', '', 'a@x.example', 'marketing,service', '2017-06-01', '2017-07-31', 'grief''s', 'bo')
        """
    )
    decide(connection, catalogue_with(catalogue, [HOLD], LETTER, CALL), channels())
    (hers, others) = connection.sql(
        "select action_id, reason_code, reason, customer_reason from decisions.next_actions"
        " order by customer_id"
    ).fetchall()
    assert hers[:2] == ("none", "on_hold")
    assert hers[2] == "nothing: on hold since 2017-06-01, bo said: grief's, until 2017-07-31"
    assert hers[3] == "We leave you alone for now."
    # the store's own hold stops letters only
    assert others[:2] == ("call", "chosen")
    stopped = connection.sql(
        "select customer_id, action_id, stopped_by from decisions.decision_trace where stopped_by = 'hold'"
    ).fetchall()
    assert set(stopped) == {("a", "letter", "hold"), ("a", "call", "hold"), ("b", "letter", "hold")}
