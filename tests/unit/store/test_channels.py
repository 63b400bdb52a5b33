from typing import Any

import pytest
from pydantic import ValidationError

from regulars.store.channels import ADDRESS_PATTERNS, Channels

ACROSS = {"max_touchpoints": 2, "per_days": 1, "hours_between_channels": 24}
LETTERS = {
    "id": "direct_mail",
    "role": "letters",
    "address": "customer_ref",
    "cost_per_send": 0.65,
    "max_touchpoints": 1,
    "per_days": 14,
}


def declared(**changes: object) -> Channels:
    return Channels.model_validate({"across_channels": ACROSS, "channels": [LETTERS | changes]})


def test_a_cap_of_zero_is_allowed() -> None:
    assert declared(max_touchpoints=0).channel("direct_mail").max_touchpoints == 0


@pytest.mark.parametrize("cap", ["max_touchpoints", "per_days"])
def test_a_missing_cap_is_a_mistake(cap: str) -> None:
    channel: dict[str, Any] = {key: value for key, value in LETTERS.items() if key != cap}
    with pytest.raises(ValidationError, match="Field required"):
        Channels.model_validate({"across_channels": ACROSS, "channels": [channel]})


@pytest.mark.parametrize(
    ("cap", "message"),
    [
        (None, "blank; write a whole number"),
        (True, "True is no whole number"),
        (1.5, "1.5 is no whole"),
        (-1, "or equal"),
    ],
)
def test_a_cap_must_be_stated_as_a_whole_number(cap: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        declared(max_touchpoints=cap)


def test_two_channels_never_share_an_id() -> None:
    with pytest.raises(ValidationError, match="'direct_mail' is declared twice"):
        Channels.model_validate({"across_channels": ACROSS, "channels": [LETTERS, LETTERS]})


def test_an_unknown_channel_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'direct_mail'"):
        declared().channel("direct_male")


def test_there_is_a_pattern_for_every_kind_of_address() -> None:
    assert set(ADDRESS_PATTERNS) == {"customer_ref", "email", "phone"}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"nightly_budget": None}, "the budget is blank"),
        ({"nightly_budget": -1}, "greater than or equal to 0"),
        ({"nightly_budget": "0.00001"}, "4 decimal places"),
    ],
)
def test_a_budget_is_left_out_or_an_amount(limit: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Channels.model_validate({"across_channels": ACROSS, "channels": [LETTERS], **limit})


@pytest.mark.parametrize(("capacity", "message"), [(None, "blank"), (-1, "or equal"), (1.5, "no whole")])
def test_a_capacity_is_left_out_or_a_whole_number(capacity: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        declared(nightly_capacity=capacity)


def test_what_is_left_out_is_no_limit() -> None:
    assert declared().nightly_budget is None
    assert declared().channel("direct_mail").nightly_capacity is None
