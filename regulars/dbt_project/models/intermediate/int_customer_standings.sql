with

night as (

    select * from {{ ref('stg_night') }}

),

permissions as (

    select
        customer_id,
        {{ sorted_texts("case when status = 'granted' then concat(channel, '/', purpose) end", "', '") }} as permissions,
        {{ sorted_texts("case when status in ('denied', 'withdrawn') then concat(channel, '/', purpose) end", "', '") }}
            as refusals,
        max(stated_at) as last_consent_at
    from {{ ref('customer_permissions') }}
    group by customer_id

),

-- the patterns of the last 30 days
recent_patterns as (

    select distinct
        patterns.customer_id,
        patterns.pattern_id
    from {{ ref('customer_patterns') }} as patterns
    inner join night
        on {{ days_between('patterns.completed_date', 'night.as_of_date') }} < 30

),

patterns as (

    select
        customer_id,
        {{ sorted_texts('pattern_id', "','") }} as patterns
    from recent_patterns
    group by customer_id

),

segments as (

    select
        customer_id,
        max(case when kind = 'stage' then segment_id end) as lifecycle_stage,
        {{ sorted_texts('segment_id', "','") }} as segments
    from {{ ref('customer_segments') }}
    group by customer_id

),

order_spans as (

    select
        customer_id,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from {{ ref('orders') }}
    group by customer_id

),

handles as (

    select
        customer_id,
        customer_number,
        min(first_seen_date) as first_seen_date
    from {{ ref('int_customer_handles') }}
    group by customer_id, customer_number

),

standings as (

    select
        handles.customer_id,
        handles.customer_number,
        handles.first_seen_date,
        order_spans.first_order_date,
        order_spans.last_order_date,
        segments.lifecycle_stage,
        segments.segments,
        permissions.permissions,
        permissions.refusals,
        permissions.last_consent_at,
        patterns.patterns
    from handles
    left join permissions
        on handles.customer_id = permissions.customer_id
    left join patterns
        on handles.customer_id = patterns.customer_id
    left join segments
        on handles.customer_id = segments.customer_id
    left join order_spans
        on handles.customer_id = order_spans.customer_id

)

select * from standings
