with

-- of one day the last event counts, so that another plan from the same day on is no end
events as (

    select
        handles.customer_id,
        events.event_date,
        events.is_start,
        row_number() over (
            partition by handles.customer_id, events.event_date
            order by events.occurred_at desc, events.is_start desc
        ) as recency_rank
    from {{ ref('int_subscription_events') }} as events
    inner join {{ ref('int_customer_handles') }} as handles
        on events.handle_id = handles.handle_id

),

days as (

    select
        customer_id,
        event_date,
        is_start,
        min(case when not is_start then event_date end) over (
            partition by customer_id
            order by event_date
            rows between 1 following and unbounded following
        ) as ended_date
    from events
    where recency_rank = 1

),

-- whatever starts while one runs goes on with it
customer_subscriptions as (

    select
        customer_id,
        min(event_date) as started_date,
        ended_date
    from days
    where is_start
    group by customer_id, ended_date

)

select * from customer_subscriptions
