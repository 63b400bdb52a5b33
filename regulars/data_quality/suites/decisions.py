"""What must be true of decisions before anybody can be contacted because of them.

Not here: which decision would be best, and who may be contacted how often (contact).
"""

from collections.abc import Iterator

from regulars.data_quality.checks import AnyRows, Check, Night, NoRows, OneOf
from regulars.data_quality.suites import contact, experiments

_OWNER = "crm"
_TRACE = "decisions.decision_trace"
_NEXT = "decisions.next_actions"
_LOG = "decisions.exploration_log"
_POLICIES = "decisions.policy_evaluations"
_STAGES = (
    "eligibility",
    "address",
    "permission",
    "hold",
    "suppression",
    "experiment",
    "offer",
    "cap",
    "arbitration",
    "allocation",
)
_SHARED = (
    "as_of_date, decision_id, customer_id, state, action_id, channel, purpose, score, propensity, "
    "reason_code, reason, customer_reason, evidence, policy"
)


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border: what was considered, what was chosen, and whether it may reach people."""
    return (
        *_trace_checks(night),
        *_next_action_checks(night),
        *contact.checks(night),
        *_consistency_checks(),
        *_exploration_checks(night),
        *experiments.checks(night),
        *_policy_checks(),
    )


def _is_of_the_night(table: str, night: Night) -> Check:
    return Check(
        table=table,
        name="is_of_the_night",
        rule=NoRows(
            f"select decision_id from {table} where as_of_date is distinct from {night.date_sql}",
            ("as_of_date",),
        ),
        meaning=f"Every row of {table} is of the night that is being run.",
        owner=_OWNER,
    )


def _explained(table: str, contacted: str) -> Iterator[Check]:
    yield Check(
        table=table,
        name="has_reasons",
        rule=NoRows(
            f"""
            select decision_id from {table}
            where (trim(reason_code) <> '' and trim(reason) <> '') is not true
                or (({contacted}) and (trim(customer_reason) <> '') is not true)
            """,
            ("reason_code", "reason", "customer_reason"),
        ),
        meaning="Every decision says why, and everybody who is contacted could be told why.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="evidence_is_json",
        rule=NoRows(
            f"""
            select decision_id from {table}
            where coalesce(not json_valid(evidence), {contacted})
            """,
            ("evidence",),
        ),
        meaning="Evidence can be read by a program, and every decision to contact somebody has some.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="score_is_a_number",
        rule=NoRows(
            f"select decision_id from {table} where coalesce(not isfinite(score), {contacted})",
            ("score",),
        ),
        meaning="A score is a finite number, and every decision to contact somebody has one.",
        owner=_OWNER,
    )


def _trace_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_TRACE,
        name="decision_listed_once",
        rule=NoRows(
            f"select max(customer_id) as customer_id from {_TRACE} group by decision_id "
            "having count(*) > 1 or decision_id is null",
            ("decision_id",),
        ),
        meaning="Every candidate has a decision id of its own.",
        owner=_OWNER,
    )
    yield _is_of_the_night(_TRACE, night)
    yield Check(
        table=_TRACE,
        name="customer_exists",
        rule=NoRows(
            f"""
            select decision_id from {_TRACE} as trace
            where not exists (select 1 from marts.customers where customers.customer_id = trace.customer_id)
            """,
            ("customer_id",),
        ),
        meaning="Decisions are made on customers only.",
        owner=_OWNER,
    )
    yield Check(
        table=_TRACE,
        name="at_most_one_chosen",
        rule=NoRows(
            f"select customer_id from {_TRACE} where is_chosen group by customer_id having count(*) > 1",
            ("is_chosen",),
        ),
        meaning="At most one candidate is chosen for a customer.",
        owner=_OWNER,
    )
    yield Check(
        table=_TRACE,
        name="stopped_or_chosen",
        rule=NoRows(
            f"select decision_id from {_TRACE} where (is_chosen = (stopped_by is null)) is not true",
            ("is_chosen", "stopped_by"),
        ),
        meaning="Every candidate was either chosen or stopped at a stage that is named.",
        owner=_OWNER,
    )
    yield Check(
        table=_TRACE,
        name="known_stage",
        rule=OneOf("stopped_by", _STAGES),
        meaning="A candidate is stopped at one of the stages that exist.",
        owner=_OWNER,
    )
    yield from _explained(_TRACE, "is_chosen is true")


def _next_action_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_NEXT, name="any_customer", rule=AnyRows(), meaning="Somebody was decided on.", owner=_OWNER
    )
    yield Check(
        table=_NEXT,
        name="one_per_customer",
        rule=NoRows(
            f"""
            select coalesce(actions.customer_id, customers.customer_id) as customer_id
            from (select customer_id, count(*) as actions from {_NEXT} group by customer_id) as actions
            full join marts.customers using (customer_id)
            where customers.customer_id is null or (actions.actions = 1) is not true
            """,
            ("customer_id",),
        ),
        meaning="Every customer gets exactly one action or an explicit none.",
        owner=_OWNER,
    )
    yield _is_of_the_night(_NEXT, night)
    yield from _explained(_NEXT, "action_id is distinct from 'none'")


def _consistency_checks() -> Iterator[Check]:
    chosen = f"select {_SHARED}, 1 as times from {_TRACE} where is_chosen"
    actions = f"select {_SHARED}, -1 as times from {_NEXT} where action_id is distinct from 'none'"
    yield Check(
        table=_NEXT,
        name="is_what_was_chosen",
        rule=NoRows(
            f"""
            select decision_id
            from ({chosen} union all {actions}) as either
            group by {_SHARED} having sum(times) <> 0
            """,
            tuple(_SHARED.split(", ")),
        ),
        meaning="The next actions are exactly the chosen rows of the trace, word for word.",
        owner=_OWNER,
    )


def _exploration_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_LOG,
        name="odds_add_up",
        rule=NoRows(
            f"""
            select max(decision_id) as decision_id
            from {_LOG}
            where as_of_date = {night.date_sql}
            group by customer_id
            having (abs(sum(propensity) - 1) < 1e-9 and min(propensity) >= 0
                and count(*) filter (is_chosen) = 1
                and count(*) filter (is_chosen and propensity = 0) = 0) is not true
            """,
            ("propensity", "is_chosen"),
        ),
        meaning="Of whom a draw decides tonight, one chance came true, and the odds of all are one together.",
        owner=_OWNER,
    )
    yield Check(
        table=_LOG,
        name="draws_are_decisions",
        rule=NoRows(
            f"""
            select coalesce(actions.customer_id, log.customer_id) as customer_id
            from (select * from {_NEXT} where is_exploration) as actions
            full join (select * from {_LOG} where is_chosen and as_of_date = {night.date_sql}) as log
                on actions.customer_id = log.customer_id
            where (actions.decision_id = log.decision_id and actions.propensity = log.propensity) is not true
            """,
            ("decision_id", "propensity"),
        ),
        meaning="What the log says was drawn tonight is what was decided, with the same odds.",
        owner=_OWNER,
    )


def _policy_checks() -> Iterator[Check]:
    yield Check(
        table=_POLICIES,
        name="one_policy_decides",
        rule=NoRows(
            f"""
            select string_agg(candidate, ', ') as candidate from {_POLICIES} where is_in_force
            having count(*) <> 1
            """,
            ("is_in_force",),
        ),
        meaning="One policy decides tonight, experiments with policies aside.",
        owner=_OWNER,
    )
    yield Check(
        table=_POLICIES,
        name="asked_policy_decides",
        rule=NoRows(
            f"select candidate from {_POLICIES} where is_asked <> is_in_force", ("is_asked", "is_in_force")
        ),
        severity="warn",
        meaning="The policy that actions.yml asks for decides; `because` of policy_evaluations says why not.",
        owner=_OWNER,
    )
