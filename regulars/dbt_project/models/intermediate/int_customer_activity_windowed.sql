{{ config(materialized='view') }}

with

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

-- a person may have several handles, and then several rows on one day
days_of_customers as (

    select
        handles.customer_id,
        days.*,
        {{ iso_weekday('days.active_date') }} as weekday
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id

),

order_days as (

    select
        customer_id,
        active_date,
        {{ days_between(
            'lag(active_date) over (partition by customer_id order by active_date)', 'active_date'
        ) }} as gap_days
    from days_of_customers
    where order_count > 0
    group by customer_id, active_date

),

-- the only place where time turns into age: 0 on the as-of day, so that "within N days" is age < N
{%- for days in ['days_of_customers', 'order_days'] %}
aged_{{ days }} as (

    select
        as_of_dates.as_of_date,
        {{ days }}.*,
        {{ days_between(days ~ '.active_date', 'as_of_dates.as_of_date') }} as age_days
    from {{ days }}
    inner join as_of_dates
        on {{ days_between(days ~ '.active_date', 'as_of_dates.as_of_date') }} >= 0

),
{%- endfor %}

customer_order_days as (

    select
        as_of_date,
        customer_id,
        {%- for days in [90, 365] %}
        {{ sum_within('1', days) }} as order_day_count_{{ days }}d,
        {%- endfor %}
        count(gap_days) as order_gap_count,
        sum(gap_days) as order_gap_sum_days,
        sum(gap_days * gap_days) as order_gap_square_sum
    from aged_order_days
    group by as_of_date, customer_id

),

customer_activity as (

    select
        as_of_date,
        customer_id,
        max(case when order_count > 0 then age_days end) as days_since_first_order,
        min(case when order_count > 0 then age_days end) as days_since_last_order,
        {%- for days in [7, 30, 90, 365] %}
        {{ sum_within('order_count', days) }} as order_count_{{ days }}d,
        {{ sum_within('order_amount', days) }} as order_amount_{{ days }}d,
        {%- endfor %}
        sum(order_count) as order_count,
        sum(order_amount) as order_amount,
        max(case when age_days < 365 and order_count > 0 then largest_order_amount end) as largest_order_amount_365d,
        {%- for days in [90, 365] %}
        {{ sum_within('discount_amount', days) }} as discount_amount_{{ days }}d,
        {{ sum_within('line_count', days) }} as line_count_{{ days }}d,
        {%- endfor %}
        {{ sum_within('discounted_order_count', 365) }} as discounted_order_count_365d,
        {{ sum_within('coupon_order_count', 365) }} as coupon_order_count_365d,
        {{ sum_within('gift_order_count', 365) }} as gift_order_count_365d,
        {{ sum_within('unit_count', 365) }} as unit_count_365d,
        {{ sum_within('returned_unit_count', 365) }} as returned_unit_count_365d,
        {{ sum_within('refunded_amount', 365) }} as refunded_amount_365d,
        sum(case when age_days between 30 and 209 then order_amount else 0 end) as order_amount_preceding_180d,
        sum(case when age_days between 30 and 209 then order_count else 0 end) as order_count_preceding_180d,
        {%- for weekday in range(1, 8) %}
        {{ sum_within('case when weekday = ' ~ weekday ~ ' then order_count else 0 end', 365) }} as weekday_{{ weekday }}_order_count_365d,
        {%- endfor %}
        {%- for days in [30, 90, 365] %}
        {{ sum_within('message_sent_count', days) }} as messages_sent_{{ days }}d,
        {{ sum_within('message_redeemed_count', days) }} as messages_redeemed_{{ days }}d,
        {%- endfor %}
        {{ sum_within('message_opened_count', 90) }} as messages_opened_90d,
        {{ sum_within('message_clicked_count', 90) }} as messages_clicked_90d,
        min(case when message_sent_count > 0 then age_days end) as days_since_last_message,
        min(case when message_redeemed_count > 0 then age_days end) as days_since_last_redemption,
        {{ sum_within('event_count', 30) }} as event_count_30d,
        {{ sum_within('event_count', 365) }} as event_count_365d,
        min(case when event_count > 0 then age_days end) as days_since_last_event,
        {{ sum_within('ticket_count', 90) }} as ticket_count_90d,
        {{ sum_within('ticket_count', 365) }} as ticket_count_365d,
        {{ sum_within('complaint_count', 90) }} as complaint_count_90d,
        min(age_days) as days_since_last_activity
    from aged_days_of_customers
    group by as_of_date, customer_id

),

customer_activity_and_gaps as (

    select
        customer_activity.*,
        {%- for days in [90, 365] %}
        coalesce(customer_order_days.order_day_count_{{ days }}d, 0) as order_day_count_{{ days }}d,
        {%- endfor %}
        coalesce(customer_order_days.order_gap_count, 0) as order_gap_count,
        customer_order_days.order_gap_sum_days,
        customer_order_days.order_gap_square_sum
    from customer_activity
    left join customer_order_days
        on
            customer_activity.as_of_date = customer_order_days.as_of_date
            and customer_activity.customer_id = customer_order_days.customer_id

)

select * from customer_activity_and_gaps
