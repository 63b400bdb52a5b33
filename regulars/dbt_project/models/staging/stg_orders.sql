with

night as (

    select * from {{ ref('stg_night') }}

),

orders as (

    select * from {{ source('landing', 'orders') }}

),

orders_so_far as (

    select
        orders.source,
        orders.record_key,
        {{ row_place('orders') }} as row_place,
        orders.order_ref,
        {{ clean_text('orders.customer_ref') }} as customer_ref,
        {{ clean_email('orders.email') }} as email,
        {{ clean_text('orders.phone') }} as phone,
        {{ clean_text('orders.anonymous_ref') }} as anonymous_ref,
        {{ name_letters('orders.customer_name') }} as person_name,
        orders.ordered_at,
        orders.status,
        orders.currency,
        orders.amount,
        orders.discount as discount_amount,
        orders.refunded as refunded_amount,
        orders.coupon_code,
        orders.is_gift,
        {{ local_date('orders.ordered_at', 'night.time_zone') }} as order_date
    from orders
    cross join night
    where {{ is_known('orders.ordered_at') }}

),

identified_orders as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name']) }} as handle_id
    from orders_so_far

)

select * from identified_orders
