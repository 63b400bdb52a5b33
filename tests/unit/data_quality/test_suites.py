"""Every check of every suite: one warehouse passes them all, and one fails each check and nothing else."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from regulars.data_quality.checks import (
    AnyRows,
    Between,
    Check,
    Filled,
    Night,
    NoRows,
    OneOf,
    Severity,
    Unique,
)
from regulars.data_quality.door import Gate, run_gate
from regulars.data_quality.report import GateReport
from regulars.data_quality.suites import SUITES

GATES: tuple[Gate, ...] = ("landing", "marts", "decisions", "action_lists")


class Broken(NamedTuple):
    gate: Gate
    table: str
    check: str
    sql: str
    severity: Severity = "stop"
    also: tuple[str, ...] = ()
    alone: bool = False


EMPTY_STORE = """
delete from landing.orders; update landing.files set rows_loaded = 0, rows_duplicate = 200 where file_id = 1
"""

ORDERS_OF_NOBODY = """
insert into marts.orders by name select
    'n' || i as order_id, null as customer_id, 'shop' as source, 'cash ' || i as order_ref,
    timestamp '2024-05-01' as ordered_at, date '2024-05-01' as order_date, 7 as amount
    from range({orders}) as numbers(i)
"""


def says_no(**more: object) -> str:
    """SQL that lands a refusal in another system, of everything that concerns the letters of d1."""
    row = {"channel": "post", "purpose": "marketing", "status": "withdrawn", "stated_at": "2024-02-01"} | more
    return f"insert into landing.consents by name select 'mailer' as source, {_columns(row)}"


def answers(event: str, **more: object) -> str:
    """SQL that lands what became of a message in another system."""
    row = {"channel": "post", "event": event, "occurred_at": "2024-02-01"} | more
    return f"insert into landing.messages by name select 'mailer' as source, {_columns(row)}"


def _columns(row: dict[str, object]) -> str:
    return ", ".join(f"'{value}' as {name}" for name, value in row.items())


def was_sent(*, date_sent: str, channel: str) -> str:
    """SQL that lets somebody else write to the customer of d1."""
    row = {"customer_id": "c_2", "channel": channel, "sent_date": date_sent}
    return f"insert into marts.customer_touchpoints by name select {_columns(row)}"


def was_planned(night: str, channel: str = "post") -> str:
    """SQL that hands something else over to the customer of d1, on an earlier night or by an earlier run."""
    return (
        "insert into previous.planned_touchpoints "
        f"values ('e' || uuid(), 'c_2', 'another', '{channel}', '{night}')"
    )


EMAIL, PHONE = " K2@Shop.example", "001-555 0102"
GRANTED_LATER = """
insert into landing.consents by name select * replace (timestamp '2024-03-01' as stated_at)
from landing.consents where customer_ref = 'k2'
"""

PLANNED_FOR_D1 = (
    "insert into previous.planned_touchpoints values ('e1', 'c_2', 'another', 'post', '2024-01-31')"
)

FORGET_D1 = "delete from decisions.planned_touchpoints where decision_id = 'd1'"
SENT_ANOTHER = """
insert into previous.planned_touchpoints values ('e1', 'c_2', 'another', 'post', '2024-05-05');
insert into marts.customer_touchpoints by name
select 'c_2' as customer_id, 'post' as channel, 'e1' as decision_id, date '2024-05-03' as sent_date
"""

CASES = [
    Broken(
        "landing", "settings.night", "is_this_night", "update settings.night set as_of_date = '2024-05-09'"
    ),
    Broken("landing", "landing.files", "store_has_facts", EMPTY_STORE, alone=True),
    Broken(
        "landing",
        "landing.files",
        "any_file_landed",
        "delete from landing.files; delete from landing.dead_letters",
        also=("rows_come_from_files",),
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "file_listed_once",
        "insert into landing.files select * replace ('sha9' as sha256) from landing.files where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "content_landed_once",
        "insert into landing.files select * replace (9 as file_id) from landing.files where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "content_landed_once",
        "insert into landing.files select * replace (9 as file_id, 'copy.csv' as path)"
        " from landing.files where file_id = 2",
        alone=True,
    ),
    Broken(
        "landing", "landing.files", "rows_add_up", "update landing.files set rows_read = 4 where file_id = 2"
    ),
    Broken(
        "landing",
        "landing.files",
        "rows_add_up",
        "update landing.files set rows_skipped = 1 where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "rows_add_up",
        "update landing.files set rows_unreadable = 1 where file_id = 2",
    ),
    Broken(
        "landing",
        "landing.files",
        "stream_takes_rows",
        "insert into landing.files select * replace (9 as file_id, 'people#2' as stream, 3 as rows_skipped,"
        " 0 as rows_loaded) from landing.files where file_id = 2",
        "warn",
    ),
    # of the thousand rows that are the stream's 12 are dead, though few of the file's hundred thousand
    Broken(
        "landing",
        "landing.files",
        "few_dead_letters",
        "update landing.files set rows_read = 100000, rows_skipped = 99000, rows_loaded = 988,"
        " rows_duplicate = 0, rows_dead = 12 where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 20) as numbers(i)",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "few_dead_letters",
        "update landing.files set rows_read = 1099, rows_loaded = 1088, rows_duplicate = 0, rows_dead = 11"
        " where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 19) as numbers(i)",
        alone=True,
    ),
    Broken(
        "landing",
        "landing.files",
        "hardly_any_dead_letters",
        "update landing.files set rows_read = 199, rows_loaded = 197, rows_duplicate = 0 where file_id = 1",
        "warn",
    ),
    Broken(
        "landing",
        "landing.dead_letters",
        "belongs_to_a_file",
        "insert into landing.dead_letters by name select 99 as file_id, 1 as row_number, 'torn' as reason",
    ),
    Broken(
        "landing",
        "landing.dead_letters",
        "counted_by_its_file",
        "delete from landing.dead_letters where row_number = 8",
    ),
    Broken("landing", "landing.dead_letters", "has_a_reason", "update landing.dead_letters set reason = ' '"),
    Broken(
        "landing",
        "landing.files",
        "rows_come_from_files",
        "update landing.orders set file_id = 2 where order_ref = 'o1'",
    ),
    Broken("landing", "landing.files", "loaded_rows_are_there", "delete from landing.messages", alone=True),
    Broken(
        "landing",
        "landing.orders",
        "record_landed_once",
        "update landing.orders set record_key = 'o1' where record_key = 'o2'",
    ),
    Broken(
        "landing",
        "landing.orders",
        "required_columns_filled",
        "update landing.orders set ordered_at = null where order_ref = 'o1'",
    ),
    Broken("landing", "landing.messages", "known_values", "update landing.messages set event = 'Sent'"),
    Broken("landing", "landing.consents", "known_values", "update landing.consents set status = 'yes'"),
    Broken(
        "landing",
        "landing.orders",
        "plausible_dates",
        "update landing.orders set ordered_at = '2099-01-01' where order_ref = 'o0'",
        "warn",
    ),
    Broken(
        "marts",
        "marts.customers",
        "any_customer",
        """
        delete from marts.customers; delete from marts.customer_features; delete from marts.orders;
        delete from marts.customer_identifiers; delete from marts.customer_segments;
        delete from marts.customer_segment_history; delete from marts.customer_permissions;
        delete from marts.customer_touchpoints
        """,
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customers",
        "customer_id_filled",
        "insert into marts.customers by name select date '2024-05-10' as data_as_of",
        also=("every_customer_has_one", "everybody_has_an_answer", "same_people_as_features"),
    ),
    Broken(
        "marts",
        "marts.customers",
        "one_profile_per_customer",
        "insert into marts.customers from marts.customers where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "is_of_the_night",
        "update marts.customers set data_as_of = '2024-05-09' where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "same_people_as_features",
        "insert into marts.customer_features by name select * replace ('c_9' as customer_id,"
        " 0 as order_count,"
        " 0 as order_count_365d, 0 as order_count_90d, 0 as order_count_30d, 0 as order_amount)"
        " from marts.customer_features where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customers",
        "buyers_are_in_a_segment",
        "delete from marts.customer_segments where customer_id = 'c_2';"
        "delete from marts.customer_segment_history where customer_id = 'c_2';"
        "update marts.customers set lifecycle_stage = null where customer_id = 'c_2'",
        "warn",
    ),
    Broken(
        "marts",
        "marts.customers",
        "stage_agrees_with_segments",
        "update marts.customers set lifecycle_stage = 'new' where customer_id = 'c_2'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "maps_to_one_customer",
        "insert into marts.customer_identifiers by name"
        " select * replace ('c_2' as customer_id) from marts.customer_identifiers where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "required_columns_filled",
        "insert into marts.customer_identifiers by name select 'c_1' as customer_id, 'shop' as source,"
        " 'email' as identifier_kind",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "known_kind",
        "update marts.customer_identifiers set identifier_kind = 'shoe' where customer_id = 'c_3'",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "customer_exists",
        "insert into marts.customer_identifiers values ('c_9', 'shop', 'account', 'k9')",
    ),
    Broken(
        "marts",
        "marts.customer_identifiers",
        "every_customer_has_one",
        "delete from marts.customer_identifiers where customer_id = 'c_1'",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "order_listed_once",
        "update marts.orders set order_id = 'o1' where order_id = 'o2'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "required_columns_filled",
        "update marts.orders set source = null where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "customer_exists",
        "update marts.orders set customer_id = 'c_9' where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.orders",
        "identified_orders_have_customer",
        "update marts.orders set customer_id = null where order_id = 'o1'",
        also=("order_count_reconciles", "order_amount_reconciles"),
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "identified_orders_have_customer",
        f"{ORDERS_OF_NOBODY.format(orders=1)};"
        "insert into landing.order_lines by name select 'shop' as source, 'cash 0' as order_ref,"
        " ' k1 ' as customer_ref, timestamp '2024-05-01' as occurred_at",
    ),
    Broken(
        "marts",
        "marts.orders",
        "most_orders_have_customer",
        ORDERS_OF_NOBODY.format(orders=4),
        "warn",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.orders",
        "nothing_after_the_night",
        "update marts.orders set ordered_at = '2024-05-11 04:00:00' where order_id = 'o1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "one_row_per_customer",
        "insert into marts.customer_features by name select * replace (0 as order_count,"
        " 0 as order_count_365d,"
        " 0 as order_count_90d, 0 as order_count_30d, 0 as order_amount)"
        " from marts.customer_features where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "is_of_the_night",
        "update marts.customer_features set as_of_date = null where customer_id = 'c_1'",
        alone=True,
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "counts_not_negative",
        "update marts.customer_features set category_count_365d = null where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "counts_not_negative",
        "update marts.customer_features set days_since_last_order = -1 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "shares_are_shares",
        "update marts.customer_features set discount_share_90d = 1.01 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "windows_nested",
        "update marts.customer_features set order_count_7d = 2 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "numbers_are_finite",
        "update marts.customer_features set overdue_ratio = 'nan' where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "favourite_weekday_exists",
        "update marts.customer_features set favourite_weekday = 0 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "order_count_reconciles",
        "update marts.customer_features set order_count = 2 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_features",
        "order_amount_reconciles",
        "update marts.customer_features set order_amount = 10.0001 where customer_id = 'c_1'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "member_once",
        "insert into marts.customer_segments from marts.customer_segments where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "one_stage_per_customer",
        "insert into marts.customer_segments values ('2024-05-10', 'c_1', 'alpha', 'stage', 'h4');"
        "insert into settings.segments values ('alpha', 'stage', 4, 'h4');"
        "insert into marts.customer_segment_history values ('c_1', 'alpha', '2024-05-10', null)",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "customer_exists",
        "insert into marts.customer_segments values ('2024-05-10', 'c_9', 'loyal', 'stage', 'h2');"
        "insert into marts.customer_segment_history values ('c_9', 'loyal', '2024-05-10', null)",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "is_of_the_night",
        "update marts.customer_segments set as_of_date = '2024-05-09' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segments",
        "segment_is_defined",
        "update marts.customer_segments set definition_hash = 'old' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "open_stays_are_memberships",
        "update marts.customer_segment_history set exited_date = '2024-05-10' where segment_id = 'big'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "stays_in_order",
        "update marts.customer_segment_history set exited_date = '2024-04-30' where segment_id = 'new'",
    ),
    Broken(
        "marts",
        "marts.customer_segment_history",
        "stay_listed_once",
        "insert into marts.customer_segment_history from marts.customer_segment_history "
        "where segment_id = 'new'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "one_answer_per_person",
        "insert into marts.customer_permissions values ('c_1', 'post', 'marketing', 'denied', 'person')",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "required_columns_filled",
        "update marts.customer_permissions set status = null where customer_id = 'c_1' and channel = 'post'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "known_status",
        "update marts.customer_permissions set status = 'Granted' "
        "where customer_id = 'c_3' and channel = 'email'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "known_decider",
        "update marts.customer_permissions set decided_by = 'nobody' where channel = 'post'",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "customer_exists",
        "insert into marts.customer_permissions values ('c_9', 'post', 'marketing', 'granted', 'store')",
    ),
    Broken(
        "marts",
        "marts.customer_permissions",
        "everybody_has_an_answer",
        "delete from marts.customer_permissions where customer_id = 'c_1' and channel = 'email'",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "customer_exists",
        "update marts.customer_touchpoints set customer_id = 'c_9'",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "touchpoint_listed_once",
        "insert into marts.customer_touchpoints from marts.customer_touchpoints",
    ),
    Broken(
        "marts",
        "marts.customer_touchpoints",
        "nothing_after_the_night",
        "update marts.customer_touchpoints set sent_date = '2024-05-11'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "decision_listed_once",
        "insert into decisions.decision_trace from decisions.decision_trace where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "is_of_the_night",
        "update decisions.decision_trace set as_of_date = '2024-05-09' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "customer_exists",
        "update decisions.decision_trace set customer_id = 'c_9' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "at_most_one_chosen",
        "update decisions.decision_trace set is_chosen = true, stopped_by = null where decision_id = 'd3';"
        "update decisions.decision_trace set customer_id = 'c_2' where decision_id = 'd3'",
        also=("is_what_was_chosen",),
        alone=True,
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "stopped_or_chosen",
        "update decisions.decision_trace set stopped_by = null where decision_id = 'd3'",
        alone=True,
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "known_stage",
        "update decisions.decision_trace set stopped_by = 'mood' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "has_reasons",
        "update decisions.decision_trace set reason = '' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "evidence_is_json",
        "update decisions.decision_trace set evidence = '{' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.decision_trace",
        "score_is_a_number",
        "update decisions.decision_trace set score = 'inf' where decision_id = 'd3'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "any_customer",
        "delete from decisions.next_actions; delete from marts.customers; delete "
        "from decisions.decision_trace;"
        "delete from decisions.planned_touchpoints where decision_id <> 'd0'",
        alone=True,
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "one_per_customer",
        "delete from decisions.next_actions where action_id = 'none'",
        alone=True,
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "is_of_the_night",
        "update decisions.next_actions set as_of_date = null where action_id = 'none'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "permission_granted",
        "update marts.customer_permissions set status = 'unknown' where customer_id = 'c_2'",
    ),
    *(
        Broken("decisions", "decisions.next_actions", "no_refusal_at_the_address", sql)
        for sql in (
            says_no(email=EMAIL),
            says_no(phone=PHONE, status="denied"),
            says_no(email=EMAIL, stated_at="2024-01-01"),
            answers("unsubscribed", email=EMAIL),
            answers("complained", phone=PHONE),
            f"{says_no(email=EMAIL, stated_at='2024-03-02')}; {GRANTED_LATER}",
            "update landing.consents set status = 'denied' where customer_ref = 'k2'",
            f"delete from landing.consents; {answers('unsubscribed', email=EMAIL)}",
            answers("bounced", email=EMAIL),
            f"{PLANNED_FOR_D1}; {answers('unsubscribed', decision_id=' e1 ')}",
            f"{PLANNED_FOR_D1}; {answers('bounced', decision_id='e1')}",
        )
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "has_reasons",
        "update decisions.next_actions set reason_code = null where action_id = 'none'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "evidence_is_json",
        "update decisions.next_actions set evidence = 'none' where action_id = 'none'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "score_is_a_number",
        "update decisions.next_actions set score = 'nan' where action_id = 'none'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "is_what_was_chosen",
        "update decisions.next_actions set reason = 'another' where decision_id = 'd1'",
    ),
    *(
        Broken("decisions", "decisions.next_actions", check, sql)
        for check, sql in (
            ("channel_caps_kept", was_sent(date_sent="2024-05-04", channel="post")),
            ("channel_caps_kept", was_planned("2024-05-03")),
            ("channel_caps_kept", was_planned("2024-05-10")),
            ("across_channels_cap_kept", "; ".join([was_sent(date_sent="2024-05-03", channel="sms")] * 2)),
            ("across_channels_cap_kept", "; ".join([was_planned("2024-05-02", "sms")] * 2)),
            ("rest_between_channels_kept", was_sent(date_sent="2024-05-09", channel="sms")),
            ("rest_between_channels_kept", was_planned("2024-05-08", "sms")),
        )
    ),
    Broken(
        "action_lists",
        "decisions.next_actions",
        "any_customer",
        "delete from decisions.next_actions; drop table action_lists.post; delete from decisions.kept_out;"
        + FORGET_D1,
        alone=True,
    ),
    Broken(
        "action_lists",
        "decisions.next_actions",
        "every_channel_has_its_list",
        f"drop table action_lists.post; {FORGET_D1}",
        alone=True,
    ),
    *(
        Broken("action_lists", "action_lists.post", "rows_add_up", sql, also=also, alone=True)
        for sql, also in (
            (f"delete from action_lists.post; {FORGET_D1}", ()),
            ("delete from decisions.kept_out", ()),
            ("insert into decisions.kept_out from decisions.kept_out", ()),
            ("update decisions.kept_out set decision_id = 'd1', customer_id = 'c_2'", ()),
            ("update decisions.kept_out set decision_id = 'd7'", ("was_decided",)),
        )
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "decision_listed_once",
        "insert into action_lists.post select * replace ('elsewhere' as address) from action_lists.post",
        also=("rows_add_up",),
        alone=True,
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "address_listed_once",
        "insert into action_lists.post select * replace ('d2' as decision_id, 'c_3' as customer_id)"
        " from action_lists.post; delete from decisions.kept_out;"
        "insert into decisions.planned_touchpoints select * replace ('d2' as decision_id,"
        " 'c_3' as customer_id) from decisions.planned_touchpoints where decision_id = 'd1'",
        alone=True,
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "was_chosen_tonight",
        "update action_lists.post set decision_id = 'd9';"
        "update decisions.next_actions set channel = 'post', purpose = 'marketing' where decision_id = 'd9'",
        also=("rows_add_up", "tonight_is_what_was_listed"),
        alone=True,
    ),
    Broken(
        "action_lists",
        "decisions.planned_touchpoints",
        "planned_once",
        "insert into decisions.planned_touchpoints from previous.planned_touchpoints",
    ),
    *(
        Broken("action_lists", "decisions.planned_touchpoints", "tonight_is_what_was_listed", sql, alone=True)
        for sql in (
            FORGET_D1,
            "update decisions.planned_touchpoints set planned_date = '2024-05-09' where decision_id = 'd1'",
            "insert into decisions.planned_touchpoints values ('d2', 'c_3', 'thanks', 'post', '2024-05-10')",
            "insert into decisions.planned_touchpoints values ('d7', 'c_3', 'thanks', 'post', '2024-05-01')",
        )
    ),
    *(
        Broken("action_lists", "decisions.planned_touchpoints", "earlier_plans_kept", sql, alone=True)
        for sql in (
            "update decisions.planned_touchpoints set planned_date = '2024-05-02' where decision_id = 'd0'",
            "insert into previous.planned_touchpoints values ('d8', 'c_1', 'thanks', 'post', '2024-05-10')",
        )
    ),
    Broken(
        "action_lists",
        "decisions.kept_out",
        "was_decided",
        "update decisions.kept_out set action_id = 'another'",
        alone=True,
    ),
    Broken("action_lists", "decisions.kept_out", "has_reasons", "update decisions.kept_out set reason = ' '"),
    *(
        Broken("action_lists", "decisions.kept_out", "reasons_hold", sql, alone=True)
        for sql in (
            "update decisions.kept_out set reason_code = 'permission_lost'",
            "update decisions.kept_out set reason_code = 'address_shared'",
            "update decisions.kept_out set reason_code = 'customer_unknown'",
        )
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "permission_granted",
        "update marts.customer_permissions set status = 'withdrawn' where customer_id = 'c_2'",
    ),
    *(
        Broken(
            "action_lists",
            "action_lists.post",
            "no_cell_is_a_formula",
            f"update action_lists.post set first_name = {cell}",
        )
        for cell in ("'=1+1'", "'  +1'", "'-1'", "'@a'", "chr(9) || 'a'", "chr(13) || 'a'")
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "is_of_the_night",
        "update action_lists.post set as_of_date = '2024-05-09'",
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "required_cells_filled",
        "update action_lists.post set first_name = ' '",
        alone=True,
    ),
]


def count_violations(connection: duckdb.DuckDBPyConnection, check: Check) -> int:
    """What the check must find, said a second time and without Great Expectations."""
    table = check.table
    match check.rule:
        case NoRows(query):
            found = f"select count(*) from ({query})"
        case Filled(column):
            found = f"select count(*) from {table} where {column} is null"
        case Unique(columns):
            key, complete = ", ".join(columns), " and ".join(f"{name} is not null" for name in columns)
            repeated = f"select {key} from {table} where {complete} group by {key} having count(*) > 1"
            found = f"select count(*) from ({repeated})"
        case OneOf(column, values):
            found = f"select count(*) from {table} where {column} not in {values}"
        case Between(column, low, high):
            found = f"select count(*) from {table} where {column} not between {low} and {high}"
        case AnyRows():
            found = f"select if(count(*) = 0, 1, 0) from {table}"
    return int(connection.sql(found).fetchall()[0][0])


def failing(
    gate: str, connection: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> set[tuple[str, str, str]]:
    catalog = {
        "action_lists.post": dict.fromkeys(("as_of_date", "decision_id", "address", "first_name"), "VARCHAR")
    }
    catalog["marts.customer_features"] = {"overdue_ratio": "DOUBLE"}
    if not connection.sql("from duckdb_tables() where schema_name = 'action_lists'"):
        del catalog["action_lists.post"]
    checks = SUITES[gate](Night(as_of=night, catalog=catalog, context=context))
    return {
        (check.table, check.name, check.severity) for check in checks if count_violations(connection, check)
    }


@pytest.fixture(scope="module")
def scratch(
    good_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    path = shutil.copyfile(good_warehouse, tmp_path_factory.mktemp("scratch") / "warehouse.duckdb")
    with duckdb.connect(str(path)) as connection:
        yield connection


@pytest.fixture
def night_with_one_list(night: date, context: dict[str, object]) -> Night:
    return Night(as_of=night, catalog={"action_lists.post": {"decision_id": "VARCHAR"}}, context=context)


def broken(report: GateReport) -> list[tuple[str, Severity, int | None, int | None]]:
    """The failed checks, with how many of how many rows break them."""
    return [
        (result.check_name, result.severity, result.unexpected_count, result.element_count)
        for result in report.results
        if not result.success
    ]


@pytest.mark.parametrize("gate", GATES)
def test_every_check_passes_on_a_good_warehouse(
    gate: Gate, good_warehouse: Path, site: Path, night: date, context: dict[str, object]
) -> None:
    report = run_gate(gate, warehouse=good_warehouse, site=site, as_of=night, context=context)
    assert [result for result in report.results if not result.success] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.table}-{case.check}")
def test_a_check_fails_on_what_it_is_for_and_no_other_does(
    case: Broken, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(case.sql)
    failed = failing(case.gate, scratch, night, context)
    scratch.rollback()
    expected = (case.table, case.check, case.severity)
    assert expected in failed
    assert {check for _, check, _ in failed - {expected}} == set(case.also)


@pytest.mark.parametrize(
    "sql",
    [
        f"{says_no(email=EMAIL)}; {GRANTED_LATER}",
        f"{answers('unsubscribed', email=EMAIL)}; {GRANTED_LATER}",
        says_no(email=EMAIL, purpose="service"),
        says_no(email=EMAIL, channel="email"),
        says_no(email=EMAIL, stated_at="2024-05-11 04:00:00"),
        says_no(email="else@shop.example", phone="102"),
        says_no(customer_ref="k2"),
        answers("opened", email=EMAIL),
        answers("unsubscribed", email=EMAIL, occurred_at="2024-05-11 04:00:00"),
        answers("unsubscribed", decision_id="e1"),
        f"{PLANNED_FOR_D1}; {answers('bounced', decision_id='e1')}; {GRANTED_LATER}",
        was_sent(date_sent="2024-05-03", channel="post"),
        was_planned("2024-05-02"),
        was_sent(date_sent="2024-05-08", channel="sms"),
        was_planned("2024-05-07", "sms"),
        "; ".join([was_sent(date_sent="2024-05-02", channel="sms")] * 2),
        # an earlier run of the night decided the same, and it is one touchpoint
        "insert into previous.planned_touchpoints values ('d1', 'c_2', 'thanks', 'post', '2024-05-10')",
        SENT_ANOTHER,
    ],
)
def test_what_is_outranked_about_something_else_or_long_ago_stops_nobody(
    sql: str, scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(sql)
    failed = failing("decisions", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_content_that_came_back_at_its_path_after_another_is_not_landed_twice(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    for file_id, sha256 in ((8, "another"), (9, "sha2")):
        scratch.execute(
            f"insert into landing.files select * replace ({file_id} as file_id, '{sha256}' as sha256)"
            " from landing.files where file_id = 2"
        )
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_torn_lines_of_a_log_do_not_stop_a_stream_to_which_few_of_its_rows_belong(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(
        "update landing.files set rows_read = 100000, rows_skipped = 98898, rows_loaded = 1000,"
        " rows_duplicate = 0, rows_dead = 102, rows_unreadable = 102 where file_id = 1;"
        "insert into landing.dead_letters by name select 1 as file_id, i as row_number, 'torn' as reason"
        " from range(10, 110) as numbers(i)"
    )
    failed = failing("landing", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_orders_of_nobody_are_fine_up_to_half_of_all(
    scratch: duckdb.DuckDBPyConnection, night: date, context: dict[str, object]
) -> None:
    scratch.begin()
    scratch.execute(ORDERS_OF_NOBODY.format(orders=3))
    failed = failing("marts", scratch, night, context)
    scratch.rollback()
    assert failed == set()


def test_the_warning_about_orders_of_nobody_says_their_share(
    broken_warehouse: Callable[[str], Path], site: Path, night: date
) -> None:
    warehouse = broken_warehouse(ORDERS_OF_NOBODY.format(orders=4))
    report = run_gate("marts", warehouse=warehouse, site=site, as_of=night)
    assert broken(report) == [("most_orders_have_customer", "warn", 4, 7)]


@pytest.mark.parametrize("gate", GATES)
def test_great_expectations_fails_every_check_that_must_fail(
    gate: Gate,
    broken_warehouse: Callable[[str], Path],
    site: Path,
    night: date,
    context: dict[str, object],
) -> None:
    together = ";".join(case.sql for case in CASES if case.gate == gate and not case.alone)
    found = set()
    for sql in (together, *(case.sql for case in CASES if case.gate == gate and case.alone)):
        warehouse = broken_warehouse(sql)
        report = run_gate(gate, warehouse=warehouse, site=site, as_of=night, context=context)
        failed = {
            (result.table_name, result.check_name, result.severity)
            for result in report.results
            if not result.success
        }
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            assert failed == failing(gate, connection, night, context)
        found |= failed
    assert found >= {(case.table, case.check, case.severity) for case in CASES if case.gate == gate}


def test_a_warning_counts_what_should_be_looked_at(
    broken_warehouse: Callable[[str], Path], site: Path, night: date
) -> None:
    warehouse = broken_warehouse("update landing.orders set ordered_at = '1899-12-30'")
    report = run_gate("landing", warehouse=warehouse, site=site, as_of=night)
    assert broken(report) == [("plausible_dates", "warn", 3, 3)]


def test_every_check_has_a_warehouse_that_fails_it(night_with_one_list: Night) -> None:
    # checks of an entity are generated from one definition, so one entity stands for all
    stated = {(gate, check.name) for gate, suite in SUITES.items() for check in suite(night_with_one_list)}
    assert stated == {(case.gate, case.check) for case in CASES}


def test_every_check_is_named_once_per_table_and_explained(night_with_one_list: Night) -> None:
    for suite in SUITES.values():
        checks = suite(night_with_one_list)
        assert len({(check.table, check.name) for check in checks}) == len(checks)
        assert all(check.meaning.endswith(".") and check.owner for check in checks)
