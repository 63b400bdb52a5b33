"""Whether anybody gets one touchpoint too many, counted anew from what was sent and planned.

It is asked of what was decided and, when the lists are written, of what stands in them. Not here: the limits
of a whole night (contact).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from regulars.data_quality.checks import Check, Night, NoRows
from regulars.data_quality.suites.declared import channels_of, cooldowns_of
from regulars.store.sql import literal

_OWNER = "privacy"
_HOURS_PER_DAY = 24


def checks(night: Night, table: str, tonight: str) -> Iterator[Check]:
    """Each rule of channels.yml, counted on the day of delivery, which is the day after the night.

    `tonight` is a query for decision_id, customer_id and channel of whom `table` would reach.

    At what hour of that day is not known, so a window of n days begins with the day n days before it.
    """
    channels = channels_of(night)
    due, across = night.as_of + timedelta(days=1), channels.across_channels
    rest_days = -(-across.hours_between_channels // _HOURS_PER_DAY)
    longest = max(rest_days, across.per_days, *(channel.per_days for channel in channels.channels))
    earlier = _earlier(_date(due, longest), tonight)
    caps = ", ".join(
        f"({literal(channel.id)}, {channel.max_touchpoints}, {_date(due, channel.per_days)})"
        for channel in channels.channels
    )
    yield _kept(
        table,
        "channel_caps_kept",
        f"""
        select tonight.customer_id
        from (select customer_id, channel, count(*) as touches from ({tonight}) group by all) as tonight
        left join (values {caps}) as caps(channel, most, since) using (channel)
        left join ({earlier}) as earlier
            on earlier.customer_id = tonight.customer_id
            and earlier.channel = tonight.channel
            and earlier.delivered_date >= caps.since
        group by tonight.customer_id, tonight.channel, tonight.touches
        having (tonight.touches + count(earlier.delivered_date) <= max(caps.most)) is not true
        """,
        "Nobody gets more through a channel than channels.yml allows, sent and planned together.",
    )
    yield _kept(
        table,
        "across_channels_cap_kept",
        f"""
        select tonight.customer_id
        from (select customer_id, count(*) as touches from ({tonight}) group by all) as tonight
        left join ({earlier}) as earlier
            on earlier.customer_id = tonight.customer_id
            and earlier.delivered_date >= {_date(due, across.per_days)}
        group by tonight.customer_id, tonight.touches
        having tonight.touches + count(earlier.delivered_date) > {across.max_touchpoints}
        """,
        "Nobody gets more through all channels together than channels.yml allows, sent and planned.",
    )
    yield _kept(
        table,
        "rest_between_channels_kept",
        f"""
        select tonight.customer_id
        from ({tonight}) as tonight
        inner join ({earlier}) as earlier
            on earlier.customer_id = tonight.customer_id
            and earlier.channel is distinct from tonight.channel
            and earlier.delivered_date >= {_date(due, rest_days)}
        where {rest_days} > 0
        """,
        "Nobody gets two touchpoints of different channels closer together than channels.yml allows.",
    )


def within_caps_sql(night: Night, kept_out: str, tonight: str) -> str:
    """Query for the decision_id of rows of `kept_out` that neither caps, rests nor cooldowns would stop.

    `kept_out` is a query for decision_id, customer_id, channel and action_id, `tonight` as above.
    """
    channels, due = channels_of(night), night.as_of + timedelta(days=1)
    across = channels.across_channels
    rest_days = -(-across.hours_between_channels // _HOURS_PER_DAY)
    caps = ", ".join(
        f"({literal(channel.id)}, {channel.max_touchpoints}, {_date(due, channel.per_days)})"
        for channel in channels.channels
    )
    cooldowns = ", ".join(
        f"({literal(action)}, {_date(due, days)})" for action, days in cooldowns_of(night).items() if days
    )
    return f"""
        select held.decision_id
        from ({kept_out}) as held
        left join (values {caps}) as caps(channel, most, since) using (channel)
        left join (values {cooldowns or "(null, null)"}) as cooldowns(action_id, since) using (action_id)
        left join ({_earlier("date '0001-01-01'", tonight)}) as earlier using (customer_id)
        group by held.decision_id
        having not coalesce(
            max(caps.most) = 0
            or {across.max_touchpoints} = 0
            or count(*) filter (earlier.channel = held.channel and earlier.delivered_date >= caps.since)
                >= max(caps.most)
            or count(*) filter (earlier.delivered_date >= {_date(due, across.per_days)})
                >= {across.max_touchpoints}
            or {rest_days} > 0 and bool_or(
                earlier.channel is distinct from held.channel
                and earlier.delivered_date >= {_date(due, rest_days)}
            )
            or bool_or(earlier.action_id = held.action_id and earlier.delivered_date >= cooldowns.since),
            false
        )
    """


def _kept(table: str, name: str, query: str, meaning: str) -> Check:
    columns = ("customer_id", "channel")
    return Check(table=table, name=name, rule=NoRows(query, columns), meaning=meaning, owner=_OWNER)


def _date(due: date, days_before: int) -> str:
    return f"date '{due - timedelta(days=days_before)}'"


def _earlier(since: str, tonight: str) -> str:
    """Every touchpoint but tonight's: messages on the day they were sent, plans not yet reported a day later.

    What an earlier run of the night handed over is one of them, unless it is chosen again.
    """
    return f"""
        select customer_id, channel, action_id, delivered_date
        from (
            select
                touchpoints.customer_id,
                touchpoints.channel,
                coalesce(plans.action_id, touchpoints.action_ref) as action_id,
                touchpoints.sent_date as delivered_date
            from marts.customer_touchpoints as touchpoints
            left join (
                select customer_id, decision_id, any_value(action_id) as action_id
                from marts.earlier_plans
                group by customer_id, decision_id
            ) as plans
                on touchpoints.customer_id = plans.customer_id
                and touchpoints.decision_id = plans.decision_id
            union all
            select plans.customer_id, plans.channel, plans.action_id, plans.planned_date + 1 as delivered_date
            from marts.earlier_plans as plans
            where not exists (select 1 from ({tonight}) as again where again.decision_id = plans.decision_id)
                and not exists (
                    select 1 from marts.customer_touchpoints as sent
                    where sent.customer_id = plans.customer_id
                        and sent.decision_id = plans.decision_id
                        and sent.sent_date is not null
                )
        ) as touchpoints
        where delivered_date >= {since}
    """
