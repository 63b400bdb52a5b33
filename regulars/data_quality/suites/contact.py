"""Whether tonight's decisions may reach the people they are about: no refusal, and no touchpoint too many.

Both are worked out anew, from landed rows and declared caps, so that a mistake in the tables that decisions
read, or in the decisions, cannot hide itself. Not here: that every decision is complete and explained.
"""

from collections.abc import Iterator, Mapping

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites import caps
from regulars.data_quality.suites.declared import action_capacities_of, channels_of
from regulars.store.channels import HOURS, Channels
from regulars.store.sql import literal

_PRIVACY = "privacy"
_NEXT = "decisions.next_actions"
_TONIGHT = f"select decision_id, customer_id, channel from {_NEXT} where action_id is distinct from 'none'"
_REFUSALS = "('unsubscribed', 'complained', 'bounced')"


def checks(night: Night) -> Iterator[Check]:
    """The checks of every decision to contact somebody."""
    yield _permission_granted()
    yield _no_refusal_at_the_address()
    yield from caps.checks(night, _NEXT, _TONIGHT)
    yield _not_in_quiet_hours(night, channels_of(night))
    yield _nightly_limits_kept(night, channels_of(night), action_capacities_of(night))


def _permission_granted() -> Check:
    return Check(
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


def _statements() -> str:
    """What people said and what became of messages, by what a row itself names or by our decision in it."""
    return f"""
        (
            select
                coalesce(systems.accounts, said.source) as source, said.customer_ref, said.email, said.phone,
                said.channel, said.purpose, said.stated_at, said.is_grant
            from (
                select
                    source, customer_ref, email, phone, channel, purpose, stated_at,
                    status is not distinct from 'granted' as is_grant
                from landing.consents
                union all
                select source, customer_ref, email, phone, channel, null, occurred_at, false
                from landing.messages where event in {_REFUSALS}
            ) as said
            left join settings.systems on said.source = systems.source
            union all
            select
                people.source, people.customer_ref, people.email, people.phone,
                answers.channel, null, answers.occurred_at, false
            from landing.messages as answers
            inner join marts.earlier_plans as plans on trim(answers.decision_id) = plans.decision_id
            inner join marts.customers as people on plans.customer_id = people.customer_id
            where answers.event in {_REFUSALS}
        )
    """


def _no_refusal_at_the_address() -> Check:
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
            with said as materialized {_statements()}
            select actions.decision_id
            from ({_by_handle(actions, "decision_id, channel, purpose")}) as actions
            inner join ({_by_handle("said", "channel, purpose, stated_at, is_grant")}) as statements
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
        meaning="Nobody is to be contacted about whose address the last word, in any source, was no, "
        "or from whose address the last message came back.",
        owner=_PRIVACY,
    )


def _not_in_quiet_hours(night: Night, channels: Channels) -> Check:
    allowed = sorted({channels.allowed_hour(hour) for hour in range(HOURS)})
    local = "timezone(send_zone, timezone('UTC', send_at))"
    return Check(
        table=_NEXT,
        name="not_in_quiet_hours",
        rule=NoRows(
            f"""
            select decision_id
            from {_NEXT}
            where action_id is distinct from 'none' and (
                cast({local} as date) = {night.date_sql} + 1
                and extract(hour from {local}) in ({", ".join(map(str, allowed))})
            ) is not true
            """,
            ("send_at", "send_zone"),
        ),
        meaning="Every touchpoint begins on the day after the night, in no quiet hour of her own clock.",
        owner="crm",
    )


def _nightly_limits_kept(night: Night, channels: Channels, action_capacities: Mapping[str, int]) -> Check:
    """Money and touchpoints of the whole night, with what its earlier runs handed over."""
    of_channels = {
        channel.id: channel.nightly_capacity
        for channel in channels.channels
        if channel.nightly_capacity is not None
    }
    limits = [
        f"select '{column} ' || {literal(name)} as limit_id from touches where {column} = {literal(name)}"
        f" having count(*) > {most}"
        for column, capacities in (("channel", of_channels), ("action_id", action_capacities))
        for name, most in capacities.items()
    ]
    if channels.nightly_budget is not None:
        costs = ", ".join(f"({literal(each.id)}, {each.cost_per_send})" for each in channels.channels)
        limits.append(
            "select 'budget' as limit_id from touches"
            f" left join (values {costs}) as costs(channel, cost) using (channel)"
            f" having sum(cost) > {channels.nightly_budget}"
        )
    touches = f"""
        select decision_id, action_id, channel from {_NEXT} where action_id is distinct from 'none'
        union
        select decision_id, action_id, channel from marts.earlier_plans where planned_date = {night.date_sql}
    """
    found = " union all ".join([*limits, "select null as limit_id where false"])
    return Check(
        table=_NEXT,
        name="nightly_limits_kept",
        rule=NoRows(f"with touches as ({touches}) {found}", ("action_id", "channel")),
        meaning="One night uses no more money and touchpoints than channels.yml and actions.yml allow.",
        owner="crm",
    )
