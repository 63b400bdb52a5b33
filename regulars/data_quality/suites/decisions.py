"""What must be true of decisions before anybody can be contacted because of them.

Not here: which decision would be best.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import AnyRows, Check, Night, NoRows, OneOf, Unique

_OWNER = "crm"
_PRIVACY = "privacy"
_TRACE = "decisions.decision_trace"
_NEXT = "decisions.next_actions"
_PLANNED = "decisions.planned_touchpoints"
_STAGES = ("eligibility", "address", "permission", "cap", "arbitration")
_TOUCHPOINTS_PER_DAY = 2
_SHARED = (
    "as_of_date, decision_id, customer_id, state, action_id, channel, purpose, score, reason_code, reason, "
    "customer_reason, evidence, policy"
)


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border: what was considered, what was chosen, what is planned."""
    return (
        *_trace_checks(night),
        *_next_action_checks(night),
        *_consistency_checks(),
        *_planned_checks(night),
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
    yield Check(
        table=_NEXT,
        name="permission_granted",
        rule=NoRows(
            f"""
            select decision_id from {_NEXT} as actions
            where action_id is distinct from 'none'
                and not exists (
                    select 1 from marts.customer_permissions as permissions
                    where permissions.customer_id = actions.customer_id
                        and permissions.channel = actions.channel
                        and permissions.purpose = actions.purpose
                        and permissions.status = 'granted'
                )
            """,
            ("customer_id", "channel", "purpose"),
        ),
        meaning="Nobody is to be contacted whose permission for that channel and purpose is not granted.",
        owner=_PRIVACY,
    )
    yield _no_refusal_at_the_address()
    yield from _explained(_NEXT, "action_id is distinct from 'none'")


def _by_handle(table: str, columns: str) -> str:
    """Each row once per account, e-mail address and phone number it carries, in comparable form."""
    handles = (
        ("account", "source || '|' || nullif(trim(customer_ref), '')"),
        ("email", "nullif(lower(trim(email)), '')"),
        ("phone", "nullif(ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0'), '')"),
    )
    return " union all ".join(
        f"select {columns}, '{kind}' as kind, {handle} as handle from {table} where {handle} is not null"
        for kind, handle in handles
    )


def _no_refusal_at_the_address() -> Check:
    # from the landed rows, so that a mistake in marts.customer_permissions cannot hide itself
    statements = """
        (
            select
                source, customer_ref, email, phone, channel, purpose, stated_at,
                status is not distinct from 'granted' as is_grant
            from landing.consents
            union all
            select source, customer_ref, email, phone, channel, null, occurred_at, false
            from landing.messages where event in ('unsubscribed', 'complained')
        )
    """
    actions = f"""
        (
            select
                chosen.decision_id, chosen.channel, chosen.purpose,
                customers.source, customers.customer_ref, customers.email, customers.phone
            from {_NEXT} as chosen inner join marts.customers using (customer_id)
            where chosen.action_id is distinct from 'none'
        )
    """
    return Check(
        table=_NEXT,
        name="no_refusal_at_the_address",
        rule=NoRows(
            f"""
            select actions.decision_id
            from ({_by_handle(actions, "decision_id, channel, purpose")}) as actions
            inner join ({_by_handle(statements, "channel, purpose, stated_at, is_grant")}) as statements
                on statements.kind = actions.kind
                and statements.handle = actions.handle
                and statements.channel = actions.channel
                and coalesce(statements.purpose, actions.purpose) = actions.purpose
            where statements.stated_at < (select max(as_of_end_at) from settings.night)
            group by actions.decision_id
            having not bool_and(is_grant)
                and (
                    max(stated_at) filter (where is_grant) > max(stated_at) filter (where not is_grant)
                ) is not true
            """,
            ("customer_id", "channel", "purpose"),
        ),
        meaning="Nobody is to be contacted about whose address the last word, in any source, was no.",
        owner=_PRIVACY,
    )


def _consistency_checks() -> Iterator[Check]:
    chosen = f"select {_SHARED} from {_TRACE} where is_chosen"
    actions = f"select {_SHARED} from {_NEXT} where action_id is distinct from 'none'"
    yield Check(
        table=_NEXT,
        name="is_what_was_chosen",
        rule=NoRows(
            f"""
            select decision_id
            from (({chosen} except all {actions}) union all ({actions} except all {chosen})) as differences
            """,
            tuple(_SHARED.split(", ")),
        ),
        meaning="The next actions are exactly the chosen rows of the trace, word for word.",
        owner=_OWNER,
    )


def _planned_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table=_PLANNED,
        name="planned_once",
        rule=Unique(("decision_id",)),
        meaning="A decision is planned once.",
        owner=_OWNER,
    )
    yield Check(
        table=_PLANNED,
        name="tonight_is_what_was_chosen",
        rule=NoRows(
            f"""
            select coalesce(planned.decision_id, actions.decision_id) as decision_id
            from (
                select * from {_PLANNED} where planned_date is null or planned_date >= {night.date_sql}
            ) as planned
            full join (select * from {_NEXT} where action_id is distinct from 'none') as actions
                on actions.decision_id = planned.decision_id
                and actions.customer_id = planned.customer_id
                and actions.action_id = planned.action_id
                and actions.channel = planned.channel
                and planned.planned_date = {night.date_sql}
            where planned.decision_id is null or actions.decision_id is null
            """,
            ("decision_id", "customer_id", "action_id", "channel", "planned_date"),
        ),
        meaning="What is planned for tonight is exactly what was chosen tonight.",
        owner=_OWNER,
    )
    yield Check(
        table=_PLANNED,
        name="earlier_plans_kept",
        rule=NoRows(
            f"""
            select decision_id from (
                select decision_id, customer_id, action_id, channel, planned_date
                from previous.planned_touchpoints
                except all
                select decision_id, customer_id, action_id, channel, planned_date from {_PLANNED}
            ) as lost
            """,
            ("decision_id",),
        ),
        meaning="Nothing planned on an earlier night is forgotten or changed; the caps count on it.",
        owner=_OWNER,
    )
    yield _daily_cap()


def _daily_cap() -> Check:
    # a message whose decision is ours is that planned touchpoint arriving, not another one
    return Check(
        table=_PLANNED,
        name="daily_cap_kept",
        rule=NoRows(
            f"""
            select planned.customer_id, planned.planned_date
            from (
                select customer_id, planned_date, count(*) as touches from {_PLANNED} group by all
            ) as planned
            left join (
                select customer_id, sent_date, count(*) as touches
                from marts.customer_touchpoints
                where not exists (
                    select 1 from {_PLANNED} as ours where ours.decision_id = customer_touchpoints.decision_id
                )
                group by all
            ) as sent on sent.customer_id = planned.customer_id and sent.sent_date = planned.planned_date
            where planned.touches > {_TOUCHPOINTS_PER_DAY}
                or (
                    planned.planned_date = (select max(as_of_date) from settings.night)
                    and planned.touches + coalesce(sent.touches, 0) > {_TOUCHPOINTS_PER_DAY}
                )
            """,
            ("customer_id", "planned_date"),
        ),
        meaning=f"Nobody gets more than {_TOUCHPOINTS_PER_DAY} touchpoints a day, sent and planned together.",
        owner=_PRIVACY,
    )
