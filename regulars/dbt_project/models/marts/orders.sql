with

orders as (

    select * from {{ ref('int_orders') }}

),

handles as (

    select * from {{ ref('int_customer_handles') }}

),

orders_of_customers as (

    select
        concat('o_', left(md5(concat(orders.source, '|', orders.order_ref)), 16)) as order_id,
        handles.customer_id,
        orders.source,
        orders.order_ref,
        orders.ordered_at,
        orders.order_date,
        orders.has_header,
        orders.status,
        coalesce(orders.currency, night.currency) as currency,
        orders.amount,
        orders.discount_amount,
        orders.refunded_amount,
        orders.coupon_code,
        orders.is_gift,
        orders.quantity,
        orders.line_count,
        orders.line_amount
    from orders
    cross join {{ ref('stg_night') }} as night
    left join handles
        on orders.handle_id = handles.handle_id

)

select * from orders_of_customers
