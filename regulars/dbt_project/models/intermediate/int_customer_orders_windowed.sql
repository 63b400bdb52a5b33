{{ config(materialized='view') }}
{%- set counts = [
    'order_count', 'discounted_order_count', 'coupon_order_count', 'gift_order_count', 'line_count',
] %}
{%- set amounts = [
    'order_amount', 'discount_amount', 'refunded_amount', 'unit_count', 'returned_unit_count',
] %}
{%- set ages = {
    'days_since_last_order': 'order_count > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
aged_days as (

    {{ aged_days(['order'], counts + amounts + ['largest_order_amount', 'active_date']) }}

),

days_by_window as (

    {% call days_by_window(counts, ages, amounts) %}
        max(case when order_count > 0 then age_days end) as days_since_first_order,
        max(case when order_count > 0 then largest_order_amount end) as largest_order_amount,
        sum(case when age_days between 30 and 209 then order_amount else 0 end) as order_amount_preceding_180d,
        {{ count_sum('case when age_days between 30 and 209 then order_count else 0 end') }}
            as order_count_preceding_180d,
        {%- for weekday in range(1, 8) %}
        {{ count_sum('case when ' ~ iso_weekday('active_date') ~ ' = ' ~ weekday ~ ' then order_count else 0 end') }}
            as weekday_{{ weekday }}_order_count,
        {%- endfor %}
    {%- endcall %}

),

customer_orders as (

    select
        as_of_date,
        customer_number,
        {{- sums_within({
            'order_count': [7, 30, 90, 180, 365],
            'order_amount': [7, 30, 90, 180, 365],
            'discount_amount': [90, 365],
            'discounted_order_count': [90, 365],
            'coupon_order_count': [90, 365],
            'gift_order_count': [365],
            'refunded_amount': [90, 365],
            'line_count': [90, 365],
            'unit_count': [90, 365],
            'returned_unit_count': [365],
        }) }}
        {%- for weekday in range(1, 8) %}
        {{- sums_within({'weekday_' ~ weekday ~ '_order_count': [365]}) }}
        {%- endfor %}
        sum(order_count) as order_count,
        sum(order_amount) as order_amount,
        sum(order_amount_preceding_180d) as order_amount_preceding_180d,
        sum(order_count_preceding_180d) as order_count_preceding_180d,
        max(case when within_days <= 365 then largest_order_amount end) as largest_order_amount_365d,
        max(days_since_first_order) as days_since_first_order,
        {%- for age in ages %}
        min({{ age }}) as {{ age }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days_by_window
    group by as_of_date, customer_number

)

select * from customer_orders
