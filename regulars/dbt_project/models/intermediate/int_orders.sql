with

headers as (

    select
        *,
        true as has_header
    from {{ ref('stg_orders') }}

),

-- the smallest of several refs, because lines have no order of their own
line_totals as (

    select
        source,
        order_ref,
        min(customer_ref) as customer_ref,
        min(email) as email,
        min(occurred_at) as first_line_at,
        max(occurred_at) as last_line_at,
        min(row_place) as row_place,
        sum(amount) as amount,
        sum(discount_amount) as discount_amount,
        sum(quantity) as quantity,
        count(*) as line_count
    from {{ ref('stg_order_lines') }}
    group by source, order_ref

),

-- one or two local days an order, because one a line costs more than all the rest
line_totals_with_days as (

    select
        line_totals.*,
        {{ local_date('line_totals.first_line_at', 'night.time_zone') }} as first_line_date,
        case
            when line_totals.last_line_at > line_totals.first_line_at
                then {{ local_date('line_totals.last_line_at', 'night.time_zone') }}
            else first_line_date
        end as last_line_date
    from line_totals
    cross join {{ ref('stg_night') }} as night

),

headers_and_lines as (

    select
        coalesce(headers.source, line_totals.source) as source,
        coalesce(headers.order_ref, line_totals.order_ref) as order_ref,
        coalesce(headers.row_place, line_totals.row_place) as row_place,
        coalesce(headers.customer_ref, line_totals.customer_ref) as customer_ref,
        coalesce(headers.email, line_totals.email) as email,
        headers.phone,
        headers.anonymous_ref,
        headers.customer_name,
        headers.person_name,
        coalesce(headers.has_header, false) as has_header,
        coalesce(headers.ordered_at, line_totals.first_line_at) as ordered_at,
        coalesce(headers.order_date, line_totals.first_line_date) as order_date,
        headers.status,
        headers.currency,
        {{ money('coalesce(headers.amount, line_totals.amount)') }} as amount,
        {{ money('coalesce(headers.discount_amount, line_totals.discount_amount)') }} as discount_amount,
        {{ money('headers.refunded_amount') }} as refunded_amount,
        headers.coupon_code,
        coalesce(headers.is_gift, false) as is_gift,
        cast(coalesce(line_totals.quantity, 0) as decimal(18, 4)) as quantity,
        coalesce(line_totals.line_count, 0) as line_count,
        cast(line_totals.amount as decimal(18, 4)) as line_amount,
        coalesce(line_totals.first_line_date, headers.order_date) as first_line_date,
        coalesce(line_totals.last_line_date, headers.order_date) as last_line_date
    from headers
    full outer join line_totals_with_days as line_totals
        on
            headers.source = line_totals.source
            and headers.order_ref = line_totals.order_ref

),

identified_orders as (

    select
        *,
        first_line_date <> order_date or last_line_date <> order_date as is_spanning,
        {{ handle_of(['customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name']) }} as handle_id
    from headers_and_lines

)

select * from identified_orders
