{%- set windows = {
    'order_count': [7, 30, 90, 180, 365, 'preceding_180'],
    'discounted_order_count': [90, 365],
    'coupon_order_count': [90, 365],
    'gift_order_count': [365],
    'line_count': [90, 365],
} %}
{%- set amount_windows = {
    'order_amount': [7, 30, 90, 180, 365, 'preceding_180'],
    'discount_amount': [90, 365],
    'refunded_amount': [90, 365],
    'unit_count': [90, 365],
    'returned_unit_count': [365],
} %}
{%- set acts = {
    'order': 'order_count > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
order_days as (

    {% call days_of_customers('order', windows, acts, amount_windows) %}
        case when order_count > 0 then largest_order_amount end as largest_order_amount,
        {%- for weekday in range(1, 8) %}
        cast(case when {{ iso_weekday('days.active_date') }} = {{ weekday }} then order_count else 0 end as double)
            as weekday_{{ weekday }}_order_count,
        {%- endfor %}
    {%- endcall %}

),

ages as (

    {{ ages() }}

),

aged_days as (

    select *
    from order_days
    inner join ages
        on
            order_days.active_date = ages.aged_date
            and {{ is_known_on('order_days.known_date', 'ages.as_of_date') }}

),

customer_orders as (

    select
        as_of_date,
        customer_number,
        {{- sums_within(windows) }}
        {{- amounts_within(amount_windows) }}
        {%- for weekday in range(1, 8) %}
        {{- sums_within({'weekday_' ~ weekday ~ '_order_count': [365]}) }}
        {%- endfor %}
        sum(order_count) as order_count,
        {{ major_units('sum(order_amount)') }} as order_amount,
        max(case when age_days < 365 then largest_order_amount end) as largest_order_amount_365d,
        {{ days_between('min(order_date)', 'as_of_date') }} as days_since_first_order,
        {{- days_since(acts) }}
    from aged_days
    group by as_of_date, customer_number

)

select * from customer_orders
