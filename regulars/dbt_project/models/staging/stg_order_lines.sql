with

night as (

    select * from {{ ref('stg_night') }}

),

order_lines as (

    select * from {{ source('landing', 'order_lines') }}

),

order_lines_so_far as (

    select
        order_lines.source,
        order_lines.record_key,
        {{ row_place('order_lines') }} as row_place,
        order_lines.order_ref,
        order_lines.product_ref,
        order_lines.customer_ref,
        {{ clean_email('order_lines.email') }} as email,
        order_lines.occurred_at,
        order_lines.quantity,
        order_lines.amount,
        order_lines.discount as discount_amount,
        order_lines.returned_quantity,
        coalesce(hours.local_date, {{ local_date('order_lines.occurred_at', 'night.time_zone') }}) as line_date
    from order_lines
    cross join night
    left join {{ ref('stg_hours') }} as hours
        on date_trunc('hour', order_lines.occurred_at) = hours.hour_at
    where {{ is_known('order_lines.occurred_at') }}

)

select * from order_lines_so_far
