{#- What the statistical models will ask for before they are trained; docs/data-readiness.md gives the reasons. -#}
{%- set of_orders = "'days of orders', 'active customers', 'customers who stayed', 'customers who left'" %}
{%- set of_subscriptions
    = "'days of subscriptions', 'active subscribers', 'subscribers who stayed', 'subscribers who left'" %}

with

night as (

    select * from {{ ref('stg_night') }}

),

training as (

    select * from {{ ref('stg_training') }}

),

handles as (

    select * from {{ ref('int_handles') }}

),

orders as (

    select * from {{ ref('orders') }}
    where customer_id is not null

),

{%- set facts = [
    'int_orders', 'stg_customers', 'stg_events', 'stg_tickets', 'stg_survey_responses', 'stg_messages',
    'stg_consents', 'stg_preferences',
] %}

facts as (
    {% for model in facts %}
    select
        source,
        count(*) as fact_count
    from {{ ref(model) }}
    group by source
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

facts_of_sources as (

    select
        source,
        sum(fact_count) as fact_count
    from facts
    group by source

),

-- customers whom an account, an address or a number tells apart
known_customers as (

    select distinct customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_kind <> 'anonymous'

),

facts_of_people as (

    select
        handles.source,
        sum(handles.fact_count) as fact_count
    from handles
    inner join {{ ref('int_customer_handles') }} as customer_handles
        on handles.handle_id = customer_handles.handle_id
    inner join known_customers
        on customer_handles.customer_id = known_customers.customer_id
    group by handles.source

),

resolving as (

    select
        facts_of_sources.source as subject,
        coalesce(facts_of_people.fact_count, 0) as counted,
        facts_of_sources.fact_count as total
    from facts_of_sources
    left join facts_of_people
        on facts_of_sources.source = facts_of_people.source

),

linking as (

    select
        identifiers.source as subject,
        count(known_customers.customer_id) as counted,
        count(*) as total
    from {{ ref('customer_identifiers') }} as identifiers
    left join known_customers
        on identifiers.customer_id = known_customers.customer_id
    where identifiers.identifier_kind = 'anonymous'
    group by identifiers.source

),

permitting as (

    select
        concat(purpose, ' by ', channel) as subject,
        sum(case when status = 'granted' then 1 else 0 end) as counted,
        count(*) as total
    from {{ ref('customer_permissions') }}
    group by purpose, channel

),

-- whose subscription ran when the last horizon began, and whether it ended since
subscribers as (

    select
        subscriptions.customer_id,
        max({{ days_between('subscriptions.started_date', 'night.as_of_date') }}) as oldest_days,
        max(subscriptions.ended_date is null) as is_active,
        max(
            {{ days_between('subscriptions.started_date', 'night.as_of_date') }} >= training.horizon_days
            and coalesce(
                {{ days_between('subscriptions.ended_date', 'night.as_of_date') }} < training.horizon_days, true
            )
        ) as was_active,
        max(
            coalesce(
                {{ days_between('subscriptions.ended_date', 'night.as_of_date') }} < training.horizon_days, false
            )
        ) as has_left
    from {{ ref('int_customer_subscriptions') }} as subscriptions
    cross join night
    cross join training
    group by subscriptions.customer_id

),

-- who ordered in the horizon before the last one, and whether she did again
customers as (

    select
        orders.customer_id,
        max({{ days_between('orders.order_date', 'night.as_of_date') }} < training.horizon_days) as is_active,
        max(
            {{ days_between('orders.order_date', 'night.as_of_date') }}
            between training.horizon_days and 2 * training.horizon_days - 1
        ) as was_active
    from orders
    cross join night
    cross join training
    group by orders.customer_id

),

counts as (

    select
        'days of orders' as subject,
        coalesce(max({{ days_between('orders.order_date', 'night.as_of_date') }}) + 1, 0) as counted
    from orders
    cross join night
    union all
    select
        'active customers' as subject,
        count(*) as counted
    from customers
    where is_active
    union all
    select
        'customers who stayed' as subject,
        count(*) as counted
    from customers
    where was_active and is_active
    union all
    select
        'customers who left' as subject,
        count(*) as counted
    from customers
    where was_active and not is_active
    union all
    select
        'days of subscriptions' as subject,
        coalesce(max(oldest_days) + 1, 0) as counted
    from subscribers
    union all
    select
        'active subscribers' as subject,
        count(*) as counted
    from subscribers
    where is_active
    union all
    select
        'subscribers who stayed' as subject,
        count(*) as counted
    from subscribers
    where was_active and not has_left
    union all
    select
        'subscribers who left' as subject,
        count(*) as counted
    from subscribers
    where was_active and has_left
    union all
    select
        'messages answered' as subject,
        count(*) as counted
    from {{ ref('stg_messages') }}
    where event in ('opened', 'clicked', 'redeemed') and not coalesce(is_machine, false)

),

history as (

    select
        counts.subject,
        counts.counted,
        case counts.subject
            when 'days of orders' then training.least_days
            when 'days of subscriptions' then training.least_days
            when 'active customers' then training.least_active_customers
            when 'active subscribers' then training.least_active_customers
            else training.least_outcomes
        end as needed
    from counts
    cross join training
    where
        training.churn_of = 'subscriptions'
        or counts.subject not in ({{ of_subscriptions }})

),

shares as (

    select
        'unified_identifier' as question,
        subject,
        counted,
        total,
        0.5 as needed
    from resolving
    union all
    select
        'unified_identifier' as question,
        'all sources' as subject,
        sum(counted) as counted,
        sum(total) as total,
        0.5 as needed
    from resolving
    union all
    select
        'anonymous_linked' as question,
        subject,
        counted,
        total,
        0.1 as needed
    from linking
    union all
    select
        'anonymous_linked' as question,
        'all sources' as subject,
        sum(counted) as counted,
        sum(total) as total,
        0.1 as needed
    from linking
    union all
    select
        'permission' as question,
        subject,
        counted,
        total,
        0.1 as needed
    from permitting

),

answers as (

    select
        question,
        subject,
        cast(coalesce(counted, 0) as bigint) as counted,
        cast(coalesce(total, 0) as bigint) as total,
        coalesce({{ ratio('counted', 'total') }}, 0) as measured,
        cast(needed as double) as needed
    from shares
    union all
    select
        'history' as question,
        subject,
        cast(counted as bigint) as counted,
        cast(null as bigint) as total,
        cast(counted as double) as measured,
        cast(needed as double) as needed
    from history

),

-- a level is reached when the levels before it are
levels as (

    select
        max(question = 'unified_identifier' and subject = 'all sources' and total > 0) as has_facts,
        max(question = 'unified_identifier' and subject = 'all sources' and measured >= needed) as is_identified,
        max(question = 'permission' and measured >= needed) as is_permitted,
        min(
            question <> 'history'
            or measured >= needed
            or (training.churn_of = 'subscriptions' and subject in ({{ of_orders }}))
        ) as has_history,
        max(question = 'anonymous_linked' and subject = 'all sources' and measured >= needed) as is_linked
    from answers
    cross join training

),

maturity as (

    select
        case
            when not has_facts then 0
            when not is_identified then 1
            when not is_permitted then 2
            when not has_history then 3
            when not is_linked then 4
            else 5
        end as level
    from levels

),

readiness as (

    select * from answers
    union all
    select
        'maturity' as question,
        'level' as subject,
        cast(level as bigint) as counted,
        cast(null as bigint) as total,
        cast(level as double) as measured,
        cast(5 as double) as needed
    from maturity

),

data_readiness as (

    select
        night.as_of_date,
        readiness.question,
        readiness.subject,
        readiness.counted,
        readiness.total,
        readiness.measured,
        readiness.needed,
        readiness.measured >= readiness.needed as is_ready,
        case
            when readiness.measured >= readiness.needed then null
            when readiness.question = 'maturity' and readiness.counted = 0
                then 'deliver orders, events, tickets or messages'
            when readiness.question = 'unified_identifier' or (readiness.question = 'maturity' and readiness.counted = 1)
                then 'map customer_ref, email or phone in the contracts, and ask for them where people buy and write'
            when readiness.question = 'permission' or (readiness.question = 'maturity' and readiness.counted = 2)
                then 'land consents, or declare in store.yml what may be done on which basis'
            when readiness.subject = 'messages answered'
                then 'land what the sending tools report of opens, clicks and redemptions'
            when readiness.question = 'history' or (readiness.question = 'maturity' and readiness.counted = 3)
                then 'deliver older exports, or wait; until then rules decide alone'
            else 'track visits with an anonymous_ref, and let the site say who logs in'
        end as next_step
    from readiness
    cross join night

)

select * from data_readiness
