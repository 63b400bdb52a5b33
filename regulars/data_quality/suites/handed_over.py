"""Whether what counts as handed over is what the lists hold: the plans, and the decisions that were kept out.

Part of the border of the action lists. Not here: what stands in a list.
"""

from collections.abc import Iterator, Sequence

from regulars.data_quality.checks import Check, Night, NoRows, Unique
from regulars.data_quality.suites import caps
from regulars.store.sql import literal, quoted

_OWNER = "crm"
_NEXT = "decisions.next_actions"
_PLANNED = "decisions.planned_touchpoints"
_KEPT_OUT = "decisions.kept_out"
_EARLIER = "previous.planned_touchpoints"
_PLAN = "decision_id, customer_id, action_id, channel, planned_date"
# one a row, so that equal ones are found by hash: everybody with everybody takes minutes of a million people
_ADDRESSES = """
    select customer_id, unnest([lower(email), lower(phone), lower(customer_ref)]) as address
    from marts.customers
"""


def checks(night: Night, channels: Sequence[str]) -> Iterator[Check]:
    """The checks of both tables, given the channels that have a list."""
    yield from _plan_checks(night, _listed(channels))
    yield from caps.checks(night, _PLANNED, _listed(channels))
    yield from _kept_out_checks(_listed(channels))
    yield _caps_were_reached(night)


def _listed(channels: Sequence[str]) -> str:
    """Every row of every list."""
    lists = [
        f"select decision_id, customer_id, address, {literal(channel)} as channel"
        f" from action_lists.{quoted(channel)}"
        for channel in channels
    ]
    return " union all ".join(lists) or (
        f"select decision_id, customer_id, '' as address, channel from {_NEXT} where false"
    )


def _plan_checks(night: Night, listed: str) -> Iterator[Check]:
    yield Check(
        table=_PLANNED,
        name="planned_once",
        rule=Unique(("decision_id",)),
        meaning="A decision is planned once.",
        owner=_OWNER,
    )
    yield Check(
        table=_PLANNED,
        name="earlier_plans_kept",
        rule=NoRows(
            f"select decision_id from (select {_PLAN} from {_EARLIER} except select {_PLAN} from {_PLANNED})"
            " as lost",
            ("decision_id",),
        ),
        meaning="Nothing planned on an earlier night, or by an earlier run of this one, is forgotten or "
        "changed; the caps count on it.",
        owner=_OWNER,
    )
    yield Check(
        table=_PLANNED,
        name="tonight_is_what_was_listed",
        rule=NoRows(
            f"""
            select coalesce(planned.decision_id, listed.decision_id) as decision_id
            from (
                select {_PLAN} from {_PLANNED}
                where decision_id not in (select decision_id from {_EARLIER} where decision_id is not null)
            ) as planned
            full join (
                select actions.decision_id, actions.customer_id, actions.action_id, lists.channel
                from ({listed}) as lists
                left join {_NEXT} as actions on lists.decision_id = actions.decision_id
                where lists.decision_id not in (
                    select decision_id from {_EARLIER} where decision_id is not null
                )
            ) as listed
                on listed.decision_id = planned.decision_id
                and listed.customer_id = planned.customer_id
                and listed.action_id = planned.action_id
                and listed.channel = planned.channel
                and planned.planned_date = {night.date_sql}
            where planned.decision_id is null or listed.decision_id is null
            """,
            tuple(_PLAN.split(", ")),
        ),
        meaning="What this night adds to the plans is exactly what stands in its lists, so that nobody is "
        "capped for a letter that was kept out.",
        owner=_OWNER,
    )


def _kept_out_checks(listed: str) -> Iterator[Check]:
    yield Check(
        table=_KEPT_OUT,
        name="was_decided",
        rule=NoRows(
            f"""
            select decision_id from {_KEPT_OUT} as kept_out
            where not exists (
                select 1 from {_NEXT} as actions
                where actions.decision_id = kept_out.decision_id
                    and actions.customer_id = kept_out.customer_id
                    and actions.action_id = kept_out.action_id
                    and actions.channel = kept_out.channel
                    and actions.as_of_date = kept_out.as_of_date
            )
            """,
            ("decision_id", "customer_id", "action_id", "channel"),
        ),
        meaning="What was kept out of a list had been decided tonight.",
        owner=_OWNER,
    )
    yield Check(
        table=_KEPT_OUT,
        name="has_reasons",
        rule=NoRows(
            f"select decision_id from {_KEPT_OUT}"
            " where (trim(reason_code) <> '' and trim(reason) <> '') is not true",
            ("reason_code", "reason"),
        ),
        meaning="Whatever was kept out of a list says why.",
        owner=_OWNER,
    )
    yield _reasons_hold(listed)


def _reasons_hold(listed: str) -> Check:
    granted = """
        select 1 from marts.customer_permissions as permissions
        inner join decisions.next_actions as actions using (customer_id, channel, purpose)
        where actions.decision_id = kept_out.decision_id and permissions.status = 'granted'
    """
    # who else was given one of her addresses: by tonight's lists, or by an earlier run of the night
    neighbour = f"""
        select 1 from ({_ADDRESSES}) as people
        inner join (
            select customer_id, channel, lower(address) as address from ({listed}) as lists
            union all
            select plans.customer_id, plans.channel, others.address
            from {_EARLIER} as plans
            inner join ({_ADDRESSES}) as others using (customer_id)
            where plans.planned_date = (select max(as_of_date) from settings.night)
        ) as taken on taken.address = people.address
        where people.customer_id = kept_out.customer_id
            and taken.customer_id <> people.customer_id
            and taken.channel = kept_out.channel
    """
    return Check(
        table=_KEPT_OUT,
        name="reasons_hold",
        rule=NoRows(
            f"""
            select decision_id from {_KEPT_OUT} as kept_out
            where reason_code = 'permission_lost' and exists ({granted})
                or reason_code = 'address_shared' and not exists ({neighbour})
                or reason_code = 'customer_unknown' and exists (
                    select 1 from marts.customers where customers.customer_id = kept_out.customer_id
                )
            """,
            ("reason_code",),
        ),
        meaning="Nobody is kept out for a permission that is granted, an address that nobody shares, or a "
        "profile that exists.",
        owner=_OWNER,
    )


def _caps_were_reached(night: Night) -> Check:
    tonight = f"select decision_id, customer_id, channel from {_NEXT} where action_id is distinct from 'none'"
    kept_out = (
        f"select decision_id, customer_id, channel, action_id from {_KEPT_OUT}"
        " where reason_code = 'cap_reached'"
    )
    return Check(
        table=_KEPT_OUT,
        name="caps_were_reached",
        rule=NoRows(caps.within_caps_sql(night, kept_out, tonight), ("customer_id", "channel", "action_id")),
        meaning="Nobody is kept out for a cap, rest or cooldown that nothing sent or planned fills.",
        owner=_OWNER,
    )
