from collections.abc import Callable
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.decisions.decide import decide
from regulars.store.actions import ActionCatalogue
from regulars.store.channels import Channels
from tests.examples import examples

Make = Callable[..., Any]
STATUSES = st.sampled_from(["granted", "denied", "withdrawn", "unknown", None])


def next_actions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql("from decisions.next_actions").pl()


def trace(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql("from decisions.decision_trace").pl()


def decided(
    connection: duckdb.DuckDBPyConnection, catalogue: ActionCatalogue, channels: Channels
) -> dict[str, Any]:
    decide(connection, catalogue, channels)
    return next_actions(connection).row(0, named=True)


def test_the_highest_score_is_chosen(warehouse: Make, catalogue: Make, channels: Make) -> None:
    actions = catalogue({"id": "small", "value": 10}, {"id": "large", "value": 30})
    assert decided(warehouse([{"customer_id": "a"}]), actions, channels())["action_id"] == "large"


def test_equal_scores_go_by_the_order_of_the_catalogue_then_of_the_channels(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    free = Channels.model_validate(
        channels().model_dump(exclude_unset=True)
        | {
            "channels": [
                channel.model_dump(exclude_unset=True) | {"cost_per_send": 0}
                for channel in channels().channels
            ]
        }
    )
    actions = catalogue({"id": "first", "channels": ["email", "direct_mail"]}, {"id": "second"})
    chosen = decided(warehouse([{"customer_id": "a", "email": "a@b.de"}]), actions, free)
    assert (chosen["action_id"], chosen["channel"]) == ("first", "email")


def test_nothing_is_sent_that_is_not_worth_its_postage(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    actions = catalogue({"value": "6.50", "channels": ["direct_mail"]})
    chosen = decided(warehouse([{"customer_id": "a"}]), actions, channels())
    assert (chosen["action_id"], chosen["reason_code"]) == ("none", "score_not_positive")


def test_a_chosen_row_carries_filled_sentences_and_evidence(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    customer = {"customer_id": "a", "order_count": 3, "order_amount": 12.5, "first_name": " Ann\n Lee "}
    chosen = decided(warehouse([customer]), catalogue(), channels())
    assert chosen["reason"] == "3 orders worth 12.50"
    assert chosen["customer_reason"] == "You come to us often, Ann Lee."
    assert chosen["evidence"] == '{"order_count":3}'


def test_evidence_stays_json_when_a_ratio_is_not_a_number(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}])
    connection.execute("alter table marts.customers add column overdue_ratio double default 'nan'")
    chosen = decided(connection, catalogue({"evidence": ["overdue_ratio"]}), channels())
    assert chosen["evidence"] == '{"overdue_ratio":null}'


def test_an_empty_slot_says_its_fallback(warehouse: Make, catalogue: Make, channels: Make) -> None:
    chosen = decided(warehouse([{"customer_id": "a", "first_name": " "}]), catalogue(), channels())
    assert chosen["reason"] == "unknown orders worth nothing"
    assert chosen["customer_reason"] == "You come to us often, dear customer."


@pytest.mark.parametrize(
    "told",
    [
        ("merged", "account with email, account shop, 7 and email bo@x.example", "account with email"),
        (
            "merged",
            "alike: first_name, email; unlike: phone, account 7 and account 8",
            "alike: first_name, email; unlike: phone",
        ),
        ("merged", "said by ada: her card, account 7 and email bo@x.example", "said by ada: her card"),
        ("merged", "their identifiers moved", "their identifiers moved"),
        ("split", "email bo@x.example is several people's", "the email is several people's"),
        ("split", "phone +18025550127 is several people's", "the phone is several people's"),
        ("split", "no evidence is left for email bo@x.example", "no evidence is left for the email"),
        ("split", "said by ada: office, not bo@x.example", "said by ada: office, not b***@x.example"),
    ],
)
def test_whoever_reads_a_reason_learns_of_a_change_but_no_address(
    warehouse: Make, catalogue: Make, channels: Make, told: tuple[str, str, str]
) -> None:
    change, reason, because = told
    connection = warehouse([{"customer_id": "a"}, {"customer_id": "b"}])
    connection.execute(
        "insert into marts.identity_changes values ('2017-06-30', ?, 'a', 'b', ?)", [change, reason]
    )
    decide(connection, catalogue(), channels())
    to = "with" if change == "merged" else "from"
    said = {"a": f" (tonight {change} {to} b: {because})", "b": f" (tonight {change} {to} a: {because})"}
    for table in ("next_actions", "decision_trace"):
        query = f"select customer_id, reason from decisions.{table}"
        for customer, sentence in connection.execute(query).fetchall():
            assert sentence.endswith(said[customer])
    assert connection.execute("select distinct because from decisions.restated_decisions").fetchall() == [
        (because,)
    ]


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ({"lifecycle_stage": None}, ("no_state", "nothing: in no lifecycle stage")),
        ({"lifecycle_stage": "lapsed"}, ("no_action_for_state", "nothing: no action is for stage lapsed")),
        (
            {"order_count": None},
            ("not_eligible", "nothing: offer is only for customers with order_count > 0"),
        ),
        ({"customer_ref": None}, ("no_address", "nothing: no customer_ref for direct_mail")),
        ({"customer_ref": "=1"}, ("malformed_address", "nothing: malformed customer_ref for direct_mail")),
    ],
)
def test_nobody_is_without_a_reason(
    warehouse: Make, catalogue: Make, channels: Make, customer: dict[str, Any], expected: tuple[str, str]
) -> None:
    actions = catalogue({"eligible_when": "order_count > 0", "channels": ["direct_mail"]})
    connection = warehouse([{"customer_id": "a", "order_count": 1} | customer])
    chosen = decided(connection, actions, channels())
    assert (chosen["action_id"], chosen["reason_code"], chosen["channel"]) == ("none", expected[0], None)
    assert chosen["reason"].startswith(expected[1])


def test_the_reason_for_nothing_is_that_of_the_candidate_that_got_furthest(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a", "email": "no address"}], permissions=[])
    chosen = decided(connection, catalogue(), channels())
    assert chosen["reason"] == "nothing: no permission for direct_mail/marketing"
    assert trace(connection)["stopped_by"].to_list() == ["permission", "address"]


def test_a_permission_for_another_purpose_or_channel_does_not_count(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    permissions = [
        {"customer_id": "a", "channel": "direct_mail", "purpose": "service", "status": "granted"},
        {"customer_id": "b", "channel": "direct_mail", "purpose": "marketing", "status": "granted"},
    ]
    connection = warehouse([{"customer_id": "a"}], permissions=permissions)
    assert decided(connection, catalogue(), channels())["reason_code"] == "permission_unknown"


def test_of_two_statements_the_strictest_wins(warehouse: Make, catalogue: Make, channels: Make) -> None:
    statement = {"customer_id": "a", "channel": "direct_mail", "purpose": "marketing"}
    both = [statement | {"status": status} for status in ("granted", "denied")]
    connection = warehouse([{"customer_id": "a"}], permissions=both)
    assert decided(connection, catalogue(), channels())["reason_code"] == "permission_denied"


def test_a_decision_keeps_its_id_and_policy_in_a_re_run(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}])
    first, second = (decided(connection, catalogue(), channels()) for _ in range(2))
    assert first == second
    assert first["decision_id"].startswith("d_")
    assert first["policy"].startswith("rules-")


def test_an_unknown_column_is_named_with_its_nearest(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    with pytest.raises(ValueError, match=r"names 'order_cont'.*did you mean 'order_count'"):
        decide(warehouse([]), catalogue({"evidence": ["order_cont"]}), channels())


def test_a_failed_night_leaves_the_tables_as_they_were(
    warehouse: Make, catalogue: Make, channels: Make
) -> None:
    connection = warehouse([{"customer_id": "a"}])
    before = decided(connection, catalogue(), channels())
    with pytest.raises(duckdb.Error):
        decide(connection, catalogue({"eligible_when": "cast(customer_id as integer) = 1"}), channels())
    assert next_actions(connection).row(0, named=True) == before


CUSTOMERS = st.lists(
    st.fixed_dictionaries(
        {
            "lifecycle_stage": st.sampled_from(["engaged", "lapsed", "unheard_of", None]),
            "customer_ref": st.sampled_from(["1", "=2", "", None]),
            "email": st.sampled_from(["a@b.de", "a@b", "-a@b.de", None]),
            "order_count": st.sampled_from([0, 1, 5, None]),
        }
    ),
    max_size=12,
)


def _numbered(customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"customer_id": f"c_{number:02}"} | customer for number, customer in enumerate(customers)]


@examples(15)
@given(customers=CUSTOMERS, data=st.data())
def test_every_customer_has_one_row_and_nobody_is_chosen_without_permission(
    warehouse: Make,
    catalogue: Make,
    channels: Make,
    customers: list[dict[str, Any]],
    data: st.DataObject,
) -> None:
    everyone = _numbered(customers)
    permissions = [
        {"customer_id": customer["customer_id"], "channel": channel, "purpose": "marketing", "status": status}
        for customer in everyone
        for channel in ("direct_mail", "email")
        if (status := data.draw(STATUSES)) is not None
    ]
    connection = warehouse(everyone, permissions=permissions)
    actions = catalogue(
        {}, {"id": "other", "state": "lapsed"}, {"id": "rare", "eligible_when": "order_count > 3"}
    )
    counts = decide(connection, actions, channels())
    rows = next_actions(connection).to_dicts()
    assert [row["customer_id"] for row in rows] == [customer["customer_id"] for customer in everyone]
    assert counts.customers == len(rows)
    granted = {(row["customer_id"], row["channel"]) for row in permissions if row["status"] == "granted"}
    chosen = [row for row in rows if row["action_id"] != "none"]
    assert {(row["customer_id"], row["channel"]) for row in chosen} <= granted
    assert trace(connection).filter("is_chosen")["decision_id"].to_list() == [
        row["decision_id"] for row in chosen
    ]
    assert all(row["reason"] and row["customer_reason"] for row in rows)


@examples(15)
@given(customers=CUSTOMERS, data=st.data())
def test_the_order_of_the_input_changes_nothing(
    warehouse: Make,
    catalogue: Make,
    channels: Make,
    customers: list[dict[str, Any]],
    data: st.DataObject,
) -> None:
    everyone = _numbered(customers)
    actions = catalogue({}, {"id": "twin"}, {"id": "other", "state": "lapsed"})
    results = []
    for order in (everyone, data.draw(st.permutations(everyone))):
        connection = warehouse(order)
        decide(connection, actions, channels())
        results.append([next_actions(connection).write_csv(), trace(connection).write_csv()])
    assert results[0] == results[1]
