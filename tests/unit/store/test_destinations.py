from datetime import date
from pathlib import Path

import pytest

from regulars.store.delivery_words import DELIVERY_WORDS
from regulars.store.errors import UserError
from regulars.store.store import open_store
from regulars.store.tools import Tool, tool, tool_names
from tests.shops import changed, write_shop

GOOD = """\
destinations:
  - id: letters
    tool: braze
    channels: [letter]
    profile: [first_name, order_count]
    segments: [new]
    opt_outs: true
"""


def shop(folder: Path, text: str) -> Path:
    return write_shop(folder, {"destinations.yml": text})


def test_a_store_without_the_file_has_no_destinations(tmp_path: Path) -> None:
    assert open_store(write_shop(tmp_path)).destinations == ()


def test_a_destination_is_found_with_the_contract_of_its_tool(tmp_path: Path) -> None:
    (one,) = open_store(shop(tmp_path, GOOD)).destinations
    assert (one.found_by, one.permitted_by, one.contract.title) == ("customer_ref", "letter", "Braze")
    assert one.kinds == ("action_list", "profile", "segment", "opt_outs")


def test_the_file_changes_the_hash_of_the_configuration(tmp_path: Path) -> None:
    without = open_store(write_shop(tmp_path / "a")).config_hash
    assert open_store(shop(tmp_path / "b", GOOD)).config_hash != without


@pytest.mark.parametrize(
    "case",
    [
        ("tool: braze", "tool: braz", 3, "there is no tool 'braz'; did you mean 'braze'?"),
        ("channels: [letter]", "channels: [leter]", 4, "there is no channel 'leter'; did you mean 'letter'?"),
        (
            "tool: braze",
            "tool: klaviyo",
            4,
            "finds people by customer_ref; Klaviyo finds them by email, phone",
        ),
        ("tool: braze", "tool: google_ads", 4, "takes no files of action_list"),
        ("opt_outs: true", "opt_outs: true\n    key: emal", 8, "found 'emal'"),
        ("opt_outs: true", "offers: true", 7, "Braze takes no files of offers"),
        ("opt_outs: true", "default_action: thanks", 7, "Braze takes no files of default"),
        (
            "channels: [letter]",
            "permission: letter\n    send_times: true",
            5,
            "Braze takes no list with times, or none whose form is verified",
        ),
        ("order_count]", "order_cont]", 5, "the profile has no 'order_cont'; did you mean 'order_count'?"),
        ("order_count]", "email]", 5, "'email' is never sent to a tool"),
        ("order_count]", "permissions]", 5, "'permissions' is never sent to a tool"),
        ("order_count]", "complaint_count_30d]", 5, "'complaint_count_30d' is restricted"),
        ("order_count]", "first_name]", 5, "would be a second column 'first_name'"),
        ("segments: [new]", "segments: [nwe]", 6, "there is no segment 'nwe'; did you mean 'new'?"),
        ("opt_outs: true", "opt_out: true", 7, "unknown key 'opt_out'; did you mean 'opt_outs'?"),
        ("opt_outs: true", "deliver_to: sftp://ann:secret@host/in", 7, "it holds a user or password"),
        ("opt_outs: true", "credentials: {password: secret}", 7, "name an environment variable"),
        ("channels: [letter]", "", 2, "say with `permission` the channel"),
        ("opt_outs: true", "permission: leter", 7, "did you mean 'letter'?"),
    ],
    ids=lambda case: case[1],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, case: tuple[str, str, int, str]) -> None:
    old, new, line, said = case
    assert old in GOOD
    with pytest.raises(UserError) as caught:
        open_store(shop(tmp_path, GOOD.replace(old, new)))
    assert said in str(caught.value)
    assert f"destinations.yml:{line}: " in str(caught.value)


@pytest.mark.parametrize(
    ("default", "offer", "said"),
    [
        ("ofer", "", "there is no action 'ofer'; did you mean 'offer'?"),
        ("offer", "five off", "'offer' has an offer, which is promised to customers by name"),
    ],
)
def test_a_default_that_cannot_be_shown_to_a_stranger_is_reported(
    tmp_path: Path, default: str, offer: str, said: str
) -> None:
    text = f"destinations:\n  - id: site\n    tool: web\n    default_action: {default}\n"
    offering = changed(
        "actions.yml", "    state: new", "    state: new" + (f"\n    offer: {offer}" if offer else "")
    )
    with pytest.raises(UserError) as caught:
        open_store(write_shop(tmp_path, offering | {"destinations.yml": text}))
    assert f"destinations.yml:4: {said}" in str(caught.value)


def test_no_password_stands_in_the_message_about_it(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_store(shop(tmp_path, GOOD + "    deliver_to: sftp://ann:secret@host/in\n"))
    assert "secret" not in str(caught.value)


def test_a_channel_goes_to_one_place_lest_its_people_hear_twice(tmp_path: Path) -> None:
    twice = GOOD + "  - {id: other, tool: csv, channels: [letter]}\n"
    with pytest.raises(UserError, match="channel 'letter' goes to 'letters' already"):
        open_store(shop(tmp_path, twice))


def test_a_file_whose_name_says_who_we_are_needs_to_know_it(tmp_path: Path) -> None:
    by_mail = changed("channels.yml", "address: customer_ref", "address: email")
    text = "destinations:\n  - {id: sms, tool: attentive, channels: [letter]}\n"
    with pytest.raises(UserError, match="add `account`"):
        open_store(write_shop(tmp_path, by_mail | {"destinations.yml": text}))


def test_what_no_document_of_the_tool_says_is_warned_of(tmp_path: Path) -> None:
    text = "destinations:\n  - {id: crm, tool: hubspot, permission: letter, profile: [first_order_date]}\n"
    (warning,) = [
        one for one in open_store(shop(tmp_path, text)).warnings if one.startswith("destinations.yml")
    ]
    assert warning == (
        "destinations.yml: 'crm' sends first_order_date; how HubSpot reads dates is not verified"
    )


def test_a_word_lets_many_leave_on_one_night_and_is_read_back(tmp_path: Path) -> None:
    folder = shop(tmp_path, GOOD)
    DELIVERY_WORDS.add(
        folder, {"destination": "letters", "day": date(2024, 5, 2), "because": 'we: "moved"', "by": "Ann"}
    )
    store = open_store(folder)
    assert store.declared_receiver(store.destinations[0])["confirmed"] == ["2024-05-02"]


def test_a_word_on_a_destination_that_does_not_exist_is_a_mistake(tmp_path: Path) -> None:
    folder = shop(tmp_path, GOOD)
    DELIVERY_WORDS.add(
        folder, {"destination": "leters", "day": date(2024, 5, 2), "because": "moved", "by": "Ann"}
    )
    with pytest.raises(UserError, match="did you mean 'letters'"):
        open_store(folder)


@pytest.mark.parametrize("name", tool_names())
def test_a_contract_says_where_its_facts_stand_and_what_was_not_found(name: str) -> None:
    contract = tool(name)
    assert contract.sources
    own = name in {"csv", "support_desk", "web"}
    assert own or contract.unverified
    if not contract.dates.verified:
        assert "as_of_date" not in {
            value for file in contract.files.values() for value in file.columns.values()
        }


def test_a_contract_that_states_consent_outside_opt_outs_is_refused() -> None:
    with pytest.raises(ValueError, match="'Status' changes consent"):
        Tool.model_validate(
            {"title": "t", "sources": ["s"], "keys": {"email": "e"}, "consent_columns": ["status"]}
            | {"files": {"segment": {"columns": {"{key}": "address"}, "constants": {"Status": "on"}}}}
        )


def test_a_contract_with_an_unknown_value_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no value 'adress'"):
        Tool.model_validate(
            {"title": "t", "sources": ["s"], "keys": {"email": "e"}}
            | {"files": {"segment": {"columns": {"{key}": "adress"}}}}
        )
