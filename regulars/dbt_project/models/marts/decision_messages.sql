{#- within how many days of its night a message counts as that of a decision which no message names -#}
{%- set sending_days = 3 -%}

with

night as (

    select * from {{ ref('stg_night') }}

),

plans as (

    select plans.*
    from {{ ref('earlier_plans') }} as plans
    cross join night
    where plans.planned_date > {{ days_later('night.as_of_date', '-night.timeline_days') }}

),

messages as (

    select messages.*
    from {{ ref('stg_messages') }} as messages
    cross join night
    where messages.message_date > {{ days_later('night.as_of_date', '-night.timeline_days') }}

),

handles as (

    select * from {{ ref('int_customer_handles') }}

),

named as (

    select
        messages.source,
        messages.message_ref,
        min(plans.decision_id) as decision_id
    from messages
    inner join plans
        on messages.decision_id = plans.decision_id
    group by messages.source, messages.message_ref
    having min(plans.decision_id) = max(plans.decision_id)

),

-- messages of which no event names a decision, be it ours or not, and whom they went to
unnamed as (

    select
        messages.source,
        messages.message_ref,
        handles.customer_id,
        messages.channel,
        min(messages.action_ref) as action_ref,
        min(messages.message_date) as first_date,
        min(messages.occurred_at) as first_at
    from messages
    inner join handles
        on messages.handle_id = handles.handle_id
    where (messages.source, messages.message_ref) not in (
        select
            others.source,
            others.message_ref
        from messages as others
        where others.decision_id is not null
    )
    group by messages.source, messages.message_ref, handles.customer_id, messages.channel

),

unnamed_plans as (

    select plans.*
    from plans
    left join named
        on plans.decision_id = named.decision_id
    where named.decision_id is null

),

-- lists of a night leave on the next day
likely as (

    select
        unnamed.source,
        unnamed.message_ref,
        unnamed.first_at,
        plans.decision_id,
        plans.planned_date,
        coalesce(unnamed.action_ref = plans.action_id, false) as is_of_action
    from unnamed
    inner join unnamed_plans as plans
        on
            unnamed.customer_id = plans.customer_id
            and unnamed.channel = plans.channel
            and unnamed.first_date > plans.planned_date
            and unnamed.first_date <= {{ days_later('plans.planned_date', sending_days) }}

),

-- the newest plan that a message may be of, and the first such message of a plan
likely_plans as (

    select
        *,
        row_number() over (
            partition by source, message_ref
            order by is_of_action desc, planned_date desc, decision_id asc
        ) as plan_rank
    from likely

),

likely_messages as (

    select
        *,
        row_number() over (
            partition by decision_id
            order by is_of_action desc, first_at asc, source asc, message_ref asc
        ) as message_rank
    from likely_plans
    where plan_rank = 1

),

events as (

    select
        messages.*,
        coalesce(own.decision_id, named.decision_id, likely_messages.decision_id) as of_decision_id,
        case
            when own.decision_id is not null then 'decision_id'
            when named.decision_id is not null then 'message_ref'
            when likely_messages.is_of_action then 'action_and_day'
            else 'customer_and_day'
        end as matched_by
    from messages
    left join plans as own
        on messages.decision_id = own.decision_id
    left join named
        on
            messages.source = named.source
            and messages.message_ref = named.message_ref
            and messages.decision_id is null
    left join likely_messages
        on
            messages.source = likely_messages.source
            and messages.message_ref = likely_messages.message_ref
            and likely_messages.message_rank = 1

),

events_of_decisions as (

    select
        of_decision_id as decision_id,
        matched_by,
        source,
        message_ref,
        record_key,
        channel,
        event,
        occurred_at,
        is_machine,
        reason
    from events
    where of_decision_id is not null

)

select * from events_of_decisions
