with

-- a subscription is somebody's, so that only what names an account counts
subscription_events as (

    select
        {{ handle_of(['customer_ref', 'anonymous_ref']) }} as handle_id,
        event_date,
        occurred_at,
        event_type = 'subscription_started' as is_start
    from {{ ref('stg_events') }}
    where customer_ref is not null and event_type in ('subscription_started', 'subscription_ended')

)

select * from subscription_events
