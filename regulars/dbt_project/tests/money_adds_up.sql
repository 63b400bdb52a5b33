-- Every amount that enters the windows is the amount that was landed: lines, orders, days and categories agree.
{{ config(meta={'dagster': {'ref': {'name': 'customer_features'}}}) }}

with

lines as (

    select sum({{ money('amount') }}) as amount
    from {{ ref('int_order_lines') }}
    where handle_id is not null

),

lines_of_orders_without_header as (

    select sum(lines.amount) as amount
    from {{ ref('int_order_lines') }} as lines
    inner join {{ ref('int_orders') }} as orders
        on
            lines.source = orders.source
            and lines.order_ref = orders.order_ref
    where not orders.has_header

),

orders as (

    select
        sum(case when handle_id is not null then amount else 0 end) as amount,
        sum(case when not has_header then amount else 0 end) as amount_without_header
    from {{ ref('int_orders') }}

),

days as (

    select
        sum(order_amount) as order_amount,
        sum(line_amount) as line_amount
    from {{ ref('customer_days') }}

),

category_days as (

    select sum(line_amount) as line_amount
    from {{ ref('customer_category_days') }}

),

-- not those whose only identifiers are placeholders
orders_of_customers as (

    select sum(amount) as amount
    from {{ ref('orders') }}
    where customer_id is not null

),

features as (

    select sum(features.order_amount) as order_amount
    from {{ ref('customer_features') }} as features
    inner join {{ ref('stg_night') }} as night
        on features.as_of_date = night.as_of_date

),

differences as (

    select
        coalesce(days.order_amount, 0) - coalesce(orders.amount, 0) as days_less_orders,
        coalesce(days.line_amount, 0) - coalesce(lines.amount, 0) as days_less_lines,
        coalesce(category_days.line_amount, 0) - coalesce(lines.amount, 0) as category_days_less_lines,
        coalesce(orders.amount_without_header, 0) - coalesce(lines_of_orders_without_header.amount, 0)
            as orders_less_lines,
        coalesce(features.order_amount, 0) - coalesce(orders_of_customers.amount, 0) as features_less_orders
    from lines
    cross join lines_of_orders_without_header
    cross join orders
    cross join days
    cross join category_days
    cross join orders_of_customers
    cross join features

)

select * from differences
where
    days_less_orders <> 0
    or days_less_lines <> 0
    or category_days_less_lines <> 0
    or orders_less_lines <> 0
    or features_less_orders <> 0
