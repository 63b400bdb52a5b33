with

night as (

    select * from {{ ref('stg_night') }}

),

events as (

    select * from {{ source('landing', 'events') }}

),

events_so_far as (

    select
        events.source,
        events.record_key,
        {{ row_place('events') }} as row_place,
        events.event_ref,
        events.anonymous_ref,
        events.customer_ref,
        events.session_ref,
        events.event_type,
        events.occurred_at,
        events.product_ref,
        events.subject,
        events.device,
        events.country,
        cast(events.properties as {{ text_type() }}) as properties,
        coalesce(hours.local_date, {{ local_date('events.occurred_at', 'night.time_zone') }}) as event_date
    from events
    cross join night
    left join {{ ref('stg_hours') }} as hours
        on date_trunc('hour', events.occurred_at) = hours.hour_at
    where {{ is_known('events.occurred_at') }}

)

select * from events_so_far
