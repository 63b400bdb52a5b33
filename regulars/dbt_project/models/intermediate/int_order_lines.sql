{{ config(materialized='view') }}

with

lines as (

    select * from {{ ref('stg_order_lines') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

lines_of_known_orders as (

    select
        lines.source,
        lines.record_key,
        lines.order_ref,
        lines.product_ref,
        lines.occurred_at,
        lines.line_date,
        orders.handle_id,
        orders.is_spanning,
        {{ money('lines.amount') }} as amount,
        {{ money('lines.discount_amount') }} as discount_amount,
        cast(coalesce(lines.quantity, 0) as decimal(18, 4)) as quantity,
        cast(coalesce(lines.returned_quantity, 0) as decimal(18, 4)) as returned_quantity
    from lines
    inner join orders
        on
            lines.source = orders.source
            and lines.order_ref = orders.order_ref

)

select * from lines_of_known_orders
