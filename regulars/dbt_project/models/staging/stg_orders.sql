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
        orders.customer_ref,
        {{ clean_email('orders.email') }} as email,
        orders.phone,
        orders.anonymous_ref,
        orders.customer_name,
        {{ name_letters('orders.customer_name') }} as person_name,
        orders.ordered_at,
        orders.status,
        orders.currency,
        orders.amount,
        orders.discount as discount_amount,
        orders.refunded as refunded_amount,
        orders.coupon_code,
        orders.is_gift,
        coalesce(hours.local_date, {{ local_date('orders.ordered_at', 'night.time_zone') }}) as order_date
    from orders
    cross join night
    left join {{ ref('stg_hours') }} as hours
        on date_trunc('hour', orders.ordered_at) = hours.hour_at
    where {{ is_known('orders.ordered_at') }}

),

identified_orders as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name']) }} as handle_id
    from orders_so_far

)

select * from identified_orders
