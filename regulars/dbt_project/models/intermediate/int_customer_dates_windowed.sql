{{ config(materialized='view') }}

with

aged_days as (

    {{ aged_days(['order', 'event'], ['order_count', 'cart_add_count']) }}
    and (days.order_count > 0 or days.cart_add_count > 0)

),

-- a person may have several handles, and then several rows of one day
dates as (

    select
        as_of_date,
        customer_number,
        age_days,
        sum(order_count) > 0 as has_order,
        sum(cart_add_count) > 0 as has_cart
    from aged_days
    group by as_of_date, customer_number, age_days

),

dates_with_gaps as (

    select
        *,
        case
            when has_order
                then lag(age_days) over (
                    partition by as_of_date, customer_number, has_order
                    order by age_days desc
                ) - age_days
        end as gap_days,
        has_cart and not has_order as is_abandoned
    from dates

),

customer_dates as (

    select
        as_of_date,
        customer_number,
        {%- for days in [90, 365] %}
        {{ sum_within('case when has_order then 1 else 0 end', days) }} as order_day_count_{{ days }}d,
        {%- endfor %}
        {%- for days in [7, 30, 90] %}
        {{ sum_within('case when is_abandoned then 1 else 0 end', days) }} as abandoned_cart_day_count_{{ days }}d,
        {%- endfor %}
        min(case when is_abandoned then age_days end) as days_since_abandoned_cart,
        count(gap_days) as order_gap_count,
        sum(gap_days) as order_gap_sum_days,
        sum(gap_days * gap_days) as order_gap_square_sum
    from dates_with_gaps
    group by as_of_date, customer_number

)

select * from customer_dates
