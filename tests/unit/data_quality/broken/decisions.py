"""What the decisions gate must stop."""

from tests.unit.data_quality.broken.case import (
    EMAIL,
    GRANTED_LATER,
    PHONE,
    PLANNED_FOR_D1,
    Broken,
    answers,
    says_no,
    was_planned,
    was_sent,
    were_handed_over,
)

# a unit whose draw says holdout, and one whose draw says generic
HELD, GENERIC = "u_25", "u_0"

CASES = [
    Broken(
        "decisions",
        "decisions.program_groups",
        "group_of_her_draw",
        "update decisions.program_groups set program_group = 'holdout' where customer_id = 'c_1'",
    ),
    Broken(
        "decisions",
        "decisions.program_groups",
        "one_group_at_a_time",
        "insert into decisions.program_groups from decisions.program_groups where customer_id = 'c_1'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "holdout_gets_no_marketing",
        f"update decisions.program_groups set program_group = 'holdout', unit_id = '{HELD}'"
        " where customer_id = 'c_2'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "generic_group_gets_the_generic",
        f"update decisions.program_groups set program_group = 'generic', unit_id = '{GENERIC}'"
        " where customer_id = 'c_2'; update settings.actions set is_generic = false",
        alone=True,
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "nobody_suppressed",
        "update settings.suppressions set identifier = 'k2@shop.example'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "nobody_suppressed",
        "update settings.suppressions set identifier_kind = 'account', source = 'shop', identifier = 'k2',"
        " channel = 'post', since_date = '2024-05-10'",
    ),
    Broken(
        "decisions",
        "decisions.experiment_assignments",
        "arm_of_her_draw",
        "update decisions.experiment_assignments set arm = 'new' where customer_id = 'c_3'",
        also=("only_her_arm",),
    ),
    Broken(
        "decisions",
        "decisions.experiment_assignments",
        "log_is_kept",
        "delete from decisions.experiment_assignments where customer_id = 'c_2'",
    ),
    Broken(
        "decisions",
        "decisions.experiment_assignments",
        "log_is_kept",
        "update decisions.experiment_assignments set first_exposed_date = '2024-05-10'"
        " where customer_id = 'c_2'",
    ),
    Broken(
        "decisions",
        "decisions.next_actions",
        "only_her_arm",
        "update settings.experiment_arms set action_id = 'thanks' where arm = 'new'",
    ),
    Broken(
        "decisions",
        "decisions.experiment_assignments",
        "segment_as_defined",
        "update settings.segments set definition_hash = 'h9' where segment_id = 'big'",
        severity="warn",
    ),
    *(
        Broken(
            "decisions",
            "decisions.next_actions",
            "not_in_quiet_hours",
            f"update decisions.next_actions set {late} where decision_id = 'd2'",
        )
        for late in ("send_at = '2024-05-11 08:00'", "send_at = '2024-05-12 14:00'", "send_zone = null")
    ),
    Broken(
        "decisions",
        "decisions.exploration_log",
        "odds_add_up",
        "update decisions.exploration_log set propensity = 0.4 where decision_id = 'd8'",
    ),
    Broken(
        "decisions",
        "decisions.exploration_log",
        "odds_add_up",
        "update decisions.exploration_log set is_chosen = true where decision_id = 'd8'",
        also=("draws_are_decisions",),
    ),
    Broken(
        "decisions",
        "decisions.policy_evaluations",
        "one_policy_decides",
        "update decisions.policy_evaluations set is_in_force = false",
        also=("asked_policy_decides",),
    ),
    Broken(
        "decisions",
        "decisions.policy_evaluations",
        "asked_policy_decides",
        "update decisions.policy_evaluations set is_asked = true where candidate = 'model'",
        "warn",
    ),
    Broken(
        "decisions",
        "decisions.exploration_log",
        "draws_are_decisions",
        "update decisions.exploration_log set decision_id = 'd7' where decision_id = 'd1'",
    ),
    Broken(
        "decisions",
        "decisions.exploration_log",
        "draws_are_decisions",
        "update decisions.next_actions set is_exploration = true where decision_id = 'd2'",
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
        "from decisions.decision_trace; delete from decisions.exploration_log;"
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
            ("nightly_limits_kept", were_handed_over(1600, "letter", "post")),
            ("nightly_limits_kept", were_handed_over(501, "letter", "email")),
            ("nightly_limits_kept", were_handed_over(3, "survey", "post")),
        )
    ),
]
