with

-- as int_customer_subscriptions, of what was known on each as-of day
events as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        events.event_date,
        events.is_start,
        row_number() over (
            partition by as_of_dates.as_of_date, handles.customer_number, events.event_date
            order by events.occurred_at desc, events.is_start desc
        ) as recency_rank
    from {{ ref('int_subscription_events') }} as events
    inner join {{ ref('int_customer_handles') }} as handles
        on events.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(events.event_date, handles.linked_date)', 'as_of_dates.as_of_date') }}

),

days as (

    select
        as_of_date,
        customer_number,
        event_date,
        is_start,
        max(case when not is_start then event_date end) over (partition by as_of_date, customer_number)
            as last_ended_date
    from events
    where recency_rank = 1

),

running_subscriptions as (

    select
        as_of_date,
        customer_number,
        {{ days_between('min(event_date)', 'as_of_date') }} as days_since_subscription_start
    from days
    where is_start and coalesce(event_date > last_ended_date, true)
    group by as_of_date, customer_number

)

select * from running_subscriptions
