"""What the action lists gate must stop."""

from tests.unit.data_quality.broken.case import FORGET_D1, Broken, was_sent

MANY_LEAVE = """
insert into previous.delivered_segments
select 'news', 'loyal', 'm' || i, 'c_3', 'added', date '2024-05-09' from range({was_in}) as members(i);
insert into decisions.delivered_segments
select 'news', 'loyal', 'm' || i, 'c_3', 'removed', date '2024-05-10' from range({leave}) as members(i)
"""
LOST_FILE = """
update decisions.delivery_reconciliation set planned_date = '2024-05-07', accepted_count = 0, sent_count = 0,
    unanswered_count = 1, is_missing = true
"""
CASES = [
    Broken(
        "action_lists",
        "decisions.action_outcomes",
        "decision_has_one_outcome",
        "insert into decisions.action_outcomes from decisions.action_outcomes where decision_id = 'd0'",
        alone=True,
    ),
    *(
        Broken("action_lists", "decisions.action_outcomes", "what_came_back_was_handed_over", sql, alone=True)
        for sql in (
            "update decisions.action_outcomes set decision_id = 'd7' where decision_id = 'd0'",
            "update decisions.action_outcomes set is_accepted = true where decision_id = 'd2'",
        )
    ),
    *(
        Broken("action_lists", "decisions.delivery_reconciliation", "counts_are_possible", sql, alone=True)
        for sql in (
            "update decisions.delivery_reconciliation set sent_count = 2",
            "update decisions.delivery_reconciliation set unanswered_count = 1",
        )
    ),
    Broken(
        "action_lists",
        "decisions.delivery_reconciliation",
        "files_are_answered",
        LOST_FILE,
        severity="warn",
        alone=True,
    ),
    Broken(
        "action_lists",
        "decisions.offer_ledger",
        "earlier_offers_kept",
        "update decisions.offer_ledger set valid_until = '2024-05-21' where decision_id = 'd0'",
    ),
    *(
        Broken(
            "action_lists",
            "decisions.active_offers",
            "one_price",
            f"update decisions.active_offers set categories = {categories} where decision_id = 'd1'",
        )
        for categories in ("null", """'["Coffee", "Tea"]'""")
    ),
    Broken(
        "action_lists",
        "decisions.next_actions",
        "any_customer",
        "delete from decisions.next_actions; drop table action_lists.post; delete from decisions.kept_out;"
        + FORGET_D1,
        also=("is_what_was_told",),
        alone=True,
    ),
    Broken(
        "action_lists",
        "decisions.next_actions",
        "every_channel_has_its_list",
        f"drop table action_lists.post; {FORGET_D1}",
        also=("is_what_was_told",),
        alone=True,
    ),
    *(
        Broken("action_lists", "action_lists.post", "rows_add_up", sql, also=also, alone=True)
        for sql, also in (
            (f"delete from action_lists.post; {FORGET_D1}", ("is_what_was_told",)),
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
        also=("rows_add_up", "is_what_was_told", "channel_caps_kept"),
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
        "decisions.kept_out",
        "caps_were_reached",
        "update decisions.kept_out set reason_code = 'cap_reached'",
        alone=True,
    ),
    *(
        Broken("action_lists", "decisions.planned_touchpoints", check, sql)
        for check, sql in (
            ("channel_caps_kept", was_sent(date_sent="2024-05-04", channel="post")),
            ("across_channels_cap_kept", "; ".join([was_sent(date_sent="2024-05-03", channel="sms")] * 2)),
            ("rest_between_channels_kept", was_sent(date_sent="2024-05-09", channel="sms")),
        )
    ),
    Broken(
        "action_lists",
        "action_lists.post",
        "permission_granted",
        "update marts.customer_permissions set status = 'withdrawn' where customer_id = 'c_2'",
        also=("permission_granted_for_news",),
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
    *(
        Broken("action_lists", f"deliveries.{table}", "no_cell_is_a_formula", sql, also=also, alone=True)
        for table, sql, also in (
            ("news__profile", "update deliveries.news__profile set first_name = '=1'", ()),
            ("news__profile", "update deliveries.news__profile set first_name = ' @a'", ()),
            ("news__post", "update deliveries.news__post set decision_id = '-a'", ()),
        )
    ),
    Broken(
        "action_lists",
        "deliveries.news__profile",
        "no_column_changes_consent",
        'alter table deliveries.news__profile add column "Status" varchar',
    ),
    *(
        Broken("action_lists", "deliveries.news__profile", "address_once", sql, also=also, alone=True)
        for sql, also in (
            ("insert into deliveries.news__profile from deliveries.news__profile", ()),
            ("update deliveries.news__profile set \"Email\" = ' '", ("is_what_was_told",)),
        )
    ),
    *(
        Broken("action_lists", f"deliveries.{table}", "is_what_was_told", sql, alone=True)
        for table, sql in (
            ("news__post", "update deliveries.news__post set address = 'k3'"),
            ("news__post", "delete from deliveries.news__post"),
            ("news__profile", "update deliveries.news__profile set \"Email\" = 'k2@shop.example'"),
            ("ads__segment_loyal_added", "insert into deliveries.ads__segment_loyal_added values ('hash 2')"),
        )
    ),
    *(
        Broken("action_lists", "landing.files", "opt_outs_fresh_for_news", sql, alone=True)
        for sql in (
            "update landing.files set loaded_date = '2024-05-07'",
            "delete from landing.messages; delete from landing.consents",
            "update landing.messages set channel = 'email'; update landing.consents set channel = 'email'",
        )
    ),
    *(
        Broken(
            "action_lists",
            f"decisions.delivered_{table}",
            "permission_granted_for_news",
            "update marts.customer_permissions set status = 'denied' where customer_id = 'c_3'",
            also=also,
            alone=True,
        )
        for table, also in (
            ("profiles", ("permission_granted_for_news",)),
            ("segments", ("permission_granted_for_news",)),
        )
    ),
    Broken(
        "action_lists",
        "decisions.delivered_segments",
        "few_leave_news",
        MANY_LEAVE.format(was_in=100, leave=11),
        alone=True,
    ),
    Broken(
        "action_lists",
        "decisions.delivered_segments",
        "audiences_have_people_of_news",
        "delete from marts.customer_segments where segment_id = 'loyal'",
        severity="warn",
        alone=True,
    ),
]
