with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

ages as (

    {{ ages() }}

),

-- a person may have several handles, and then several rows of one day
dates as (

    select
        handles.customer_number,
        days.active_date,
        min(case when days.order_count > 0 then greatest(days.active_date, handles.linked_date) end) as order_known_date,
        min(case when days.cart_add_count > 0 then greatest(days.active_date, handles.linked_date) end) as cart_known_date
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    where days.fact_kind in ('order', 'event') and (days.order_count > 0 or days.cart_add_count > 0)
    group by handles.customer_number, days.active_date

),

order_dates as (

    select
        *,
        max(order_known_date > active_date) over (partition by customer_number) as is_learned_of_later
    from dates
    where order_known_date is not null

),

-- whose orders were all known on their own day has one gap before each, whatever the as-of day
order_gaps as (

    select
        customer_number,
        active_date,
        active_date as holds_from_date,
        cast(null as date) as holds_until_date,
        {{ days_between('lag(active_date) over (partition by customer_number order by active_date)', 'active_date') }}
            as gap_days
    from order_dates
    where not is_learned_of_later

),

order_gaps_as_of as (

    select
        order_dates.customer_number,
        order_dates.active_date,
        as_of_dates.as_of_date as holds_from_date,
        {{ days_later('as_of_dates.as_of_date', 1) }} as holds_until_date,
        {{ days_between(
            'lag(order_dates.active_date) over (
                partition by as_of_dates.as_of_date, order_dates.customer_number order by order_dates.active_date
            )', 'order_dates.active_date'
        ) }} as gap_days
    from order_dates
    inner join as_of_dates
        on {{ is_known_on('order_dates.order_known_date', 'as_of_dates.as_of_date') }}
    where order_dates.is_learned_of_later

),

-- what a date says, and on which as-of days
statements as (

    select
        customer_number,
        active_date,
        holds_from_date,
        holds_until_date,
        cast(1 as double) as order_day_count,
        cast(gap_days as double) as gap_days,
        cast(0 as double) as abandoned_cart_day_count,
        cast(null as date) as abandoned_cart_date
    from (
        select * from order_gaps
        union all
        select * from order_gaps_as_of
    ) as all_order_gaps
    union all
    select
        customer_number,
        active_date,
        cart_known_date as holds_from_date,
        order_known_date as holds_until_date,
        cast(0 as double) as order_day_count,
        cast(null as double) as gap_days,
        cast(1 as double) as abandoned_cart_day_count,
        active_date as abandoned_cart_date
    from dates
    where cart_known_date is not null and coalesce(order_known_date > cart_known_date, true)

),

statements_as_of as (

    select *
    from statements
    inner join ages
        on
            statements.active_date = ages.aged_date
            and {{ is_known_on('statements.holds_from_date', 'ages.as_of_date') }}
            and coalesce(statements.holds_until_date > ages.as_of_date, true)

),

customer_dates as (

    select
        as_of_date,
        customer_number,
        {{- sums_within({
            'order_day_count': [90, 365],
            'abandoned_cart_day_count': [7, 30, 90],
        }) }}
        {{ days_between('max(abandoned_cart_date)', 'as_of_date') }} as days_since_abandoned_cart,
        count(gap_days) as order_gap_count,
        sum(gap_days) as order_gap_sum_days,
        sum(gap_days * gap_days) as order_gap_square_sum
    from statements_as_of
    group by as_of_date, customer_number

)

select * from customer_dates
