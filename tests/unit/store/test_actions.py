from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from regulars.store.actions import ActionCatalogue, Slot, check_actions, sentence_parts
from regulars.store.channels import Channels
from regulars.store.yaml_file import load

STORE = Path(__file__).parents[3] / "stores" / "complete_journey"
STAGES = ("new", "engaged", "loyal", "at_risk", "lapsed")
OFFER: dict[str, Any] = {
    "id": "offer",
    "name": "Offer",
    "state": "new",
    "channels": ["direct_mail"],
    "purpose": "marketing",
    "action_class": "marketing",
    "response_rate": 0.1,
    "value": 10,
    "cooldown_days": 30,
    "reason": "bought {order_count} times",
    "customer_reason": "Good to have you here, {first_name|dear customer}.",
}
PROFILE = ("order_count", "first_name")


def declared(**changes: object) -> ActionCatalogue:
    return ActionCatalogue.model_validate({"actions": [OFFER | changes]})


@pytest.fixture(scope="module")
def store_channels() -> Channels:
    return load(STORE / "channels.yml", Channels).content


def test_the_example_store_has_three_actions_for_every_stage() -> None:
    actions = load(STORE / "actions.yml", ActionCatalogue).content.actions
    assert {stage: [action.id for action in actions if action.state == stage] for stage in STAGES} == {
        "new": ["welcome_back_offer", "second_visit_reminder", "category_introduction"],
        "engaged": ["favourite_category_offer", "basket_builder", "survey_invitation"],
        "loyal": ["thank_you_reward", "early_access", "referral_invitation"],
        "at_risk": ["we_miss_you_offer", "favourite_category_reminder", "feedback_call"],
        "lapsed": ["win_back_offer", "reactivation_survey", "last_letter"],
    }


def test_every_action_of_the_example_store_is_worth_its_postage_in_its_first_channel(
    store_channels: Channels,
) -> None:
    actions = load(STORE / "actions.yml", ActionCatalogue).content.actions
    costs = {channel.id: channel.cost_per_send for channel in store_channels.channels}
    assert [
        action.id for action in actions if action.response_rate * action.value <= costs[action.channels[0]]
    ] == []


def test_a_sentence_splits_into_words_and_slots() -> None:
    assert list(sentence_parts("{a} and {b|none}.")) == [Slot("a", None), " and ", Slot("b", "none"), "."]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "none"}, "'none' is taken"),
        ({"channels": ["direct_mail", "direct_mail"]}, "names channel 'direct_mail' twice"),
        ({"cooldown_days": None}, "blank"),
        ({"response_rate": 1.2}, "less than or equal to 1"),
        ({"offer": "=cmd()"}, "takes for a formula"),
        ({"offer": "two\nlines"}, "control character"),
        ({"reason": "bought {order_count times"}, "stray '{'"),
        ({"eligible_when": "order_count >"}, "is not a SQL expression"),
        ({"eligible_when": "order_count in (select 1)"}, "holds a query"),
        ({"eligible_when": "last_order_date > current_date - 3"}, "reads the clock"),
        ({"eligible_when": "now() > last_order_date"}, "reads the clock"),
        ({"eligible_when": "order_count > avg(order_count)"}, "looks at other customers"),
        ({"customer_reason": "You are in {lifecycle_stage|a} group."}, "customers may read only first_name"),
        ({"customer_reason": "Good to have you, {first_name}."}, "without words for a customer who has none"),
    ],
)
def test_a_mistake_says_what_was_found(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        declared(**changes)


def test_two_actions_never_share_an_id() -> None:
    with pytest.raises(ValidationError, match="'offer' is declared twice"):
        ActionCatalogue.model_validate({"actions": [OFFER, OFFER]})


def test_no_store_may_show_sensitive_columns_to_customers() -> None:
    with pytest.raises(ValidationError, match="'email', which no letter may show"):
        ActionCatalogue.model_validate({"columns_customers_may_read": ["email"], "actions": [OFFER]})


@pytest.mark.parametrize(
    ("changes", "message", "key"),
    [
        ({"state": "nwe"}, "which is no lifecycle stage; did you mean 'new'?", "state"),
        ({"channels": ["emial"]}, "which is no channel; did you mean 'email'?", "channels"),
        ({"evidence": ["order_cuont"]}, "did you mean 'order_count'?", "evidence"),
        ({"reason": "bought {order_cuont} times"}, "did you mean 'order_count'?", "reason"),
        ({"eligible_when": "order_cuont > 1"}, "did you mean 'order_count'?", "eligible_when"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    store_channels: Channels, changes: dict[str, Any], message: str, key: str
) -> None:
    (mistake,) = check_actions(declared(**changes), store_channels, stage_ids=STAGES, profile_columns=PROFILE)
    assert message in mistake.message
    assert mistake.location == ("actions", 0, key)


def test_a_catalogue_without_mistakes_yields_none(store_channels: Channels) -> None:
    assert check_actions(declared(), store_channels, stage_ids=STAGES, profile_columns=PROFILE) == ()
