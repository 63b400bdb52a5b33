-- depends_on: {{ ref('stg_night') }}, {{ ref('stg_touched_days') }}, {{ ref('int_order_lines') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='active_date',
        on_schema_change='fail',
        pre_hook="{{ forget_stale_days() }}"
    )
}}
{%- set missing_at = earliest_missing_at() %}

with

order_days as (

    select
        source,
        identifier_kind,
        identifier,
        order_date as active_date,
        count(*) as order_count,
        sum(amount) as order_amount,
        sum(discount_amount) as discount_amount,
        sum(refunded_amount) as refunded_amount,
        max(amount) as largest_order_amount,
        sum(case when discount_amount > 0 then 1 else 0 end) as discounted_order_count,
        sum(case when coupon_code is not null then 1 else 0 end) as coupon_order_count,
        sum(case when is_gift then 1 else 0 end) as gift_order_count,
        sum(case when is_spanning then 1 else 0 end) as spanning_row_count
    from {{ ref('int_orders') }}
    where identifier is not null and {{ is_missing('order_date', 'ordered_at', missing_at) }}
    group by source, identifier_kind, identifier, order_date

),

-- from the categories, because joining every line with its order once is enough
line_days as (

    select
        source,
        identifier_kind,
        identifier,
        active_date,
        sum(line_count) as line_count,
        sum(unit_count) as unit_count,
        sum(returned_unit_count) as returned_unit_count,
        sum(line_amount) as line_amount,
        sum(spanning_row_count) as spanning_row_count
    from {{ ref('customer_category_days') }}
    where {{ is_missing('active_date') }}
    group by source, identifier_kind, identifier, active_date

),

message_days as (

    select
        source,
        identifier_kind,
        identifier,
        message_date as active_date,
        sum(case when event = 'sent' then 1 else 0 end) as message_sent_count,
        sum(case when event = 'opened' and not is_machine then 1 else 0 end) as message_opened_count,
        sum(case when event = 'clicked' and not is_machine then 1 else 0 end) as message_clicked_count,
        sum(case when event = 'redeemed' then 1 else 0 end) as message_redeemed_count
    from {{ ref('stg_messages') }}
    where identifier is not null and {{ is_missing('message_date', 'occurred_at', missing_at) }}
    group by source, identifier_kind, identifier, message_date

),

event_days as (

    select
        source,
        identifier_kind,
        identifier,
        event_date as active_date,
        count(*) as event_count
    from {{ ref('stg_events') }}
    where identifier is not null and {{ is_missing('event_date', 'occurred_at', missing_at) }}
    group by source, identifier_kind, identifier, event_date

),

ticket_days as (

    select
        source,
        identifier_kind,
        identifier,
        opened_date as active_date,
        count(*) as ticket_count,
        sum(case when is_complaint then 1 else 0 end) as complaint_count
    from {{ ref('stg_tickets') }}
    where identifier is not null and {{ is_missing('opened_date', 'opened_at', missing_at) }}
    group by source, identifier_kind, identifier, opened_date

),

active_days as (
    {% for fact in ['order_days', 'line_days', 'message_days', 'event_days', 'ticket_days'] %}
    select
        source,
        identifier_kind,
        identifier,
        active_date
    from {{ fact }}
    {%- if not loop.last %}
    union distinct
    {%- endif %}
    {%- endfor %}

),

customer_days as (

    select
        active_days.source,
        active_days.identifier_kind,
        active_days.identifier,
        active_days.active_date,
        cast(coalesce(order_days.order_count, 0) as bigint) as order_count,
        {{ money('order_days.order_amount') }} as order_amount,
        {{ money('order_days.discount_amount') }} as discount_amount,
        {{ money('order_days.refunded_amount') }} as refunded_amount,
        {{ money('order_days.largest_order_amount') }} as largest_order_amount,
        cast(coalesce(order_days.discounted_order_count, 0) as bigint) as discounted_order_count,
        cast(coalesce(order_days.coupon_order_count, 0) as bigint) as coupon_order_count,
        cast(coalesce(order_days.gift_order_count, 0) as bigint) as gift_order_count,
        cast(coalesce(line_days.line_count, 0) as bigint) as line_count,
        cast(coalesce(line_days.unit_count, 0) as decimal(18, 4)) as unit_count,
        cast(coalesce(line_days.returned_unit_count, 0) as decimal(18, 4)) as returned_unit_count,
        {{ money('line_days.line_amount') }} as line_amount,
        cast(coalesce(message_days.message_sent_count, 0) as bigint) as message_sent_count,
        cast(coalesce(message_days.message_opened_count, 0) as bigint) as message_opened_count,
        cast(coalesce(message_days.message_clicked_count, 0) as bigint) as message_clicked_count,
        cast(coalesce(message_days.message_redeemed_count, 0) as bigint) as message_redeemed_count,
        cast(coalesce(event_days.event_count, 0) as bigint) as event_count,
        cast(coalesce(ticket_days.ticket_count, 0) as bigint) as ticket_count,
        cast(coalesce(ticket_days.complaint_count, 0) as bigint) as complaint_count,
        cast(
            coalesce(order_days.spanning_row_count, 0) + coalesce(line_days.spanning_row_count, 0) as bigint
        ) as spanning_row_count,
        cast({{ built_file_id() }} as bigint) as built_file_id
    from active_days
    left join order_days
        on
            active_days.source = order_days.source
            and active_days.identifier_kind = order_days.identifier_kind
            and active_days.identifier = order_days.identifier
            and active_days.active_date = order_days.active_date
    left join line_days
        on
            active_days.source = line_days.source
            and active_days.identifier_kind = line_days.identifier_kind
            and active_days.identifier = line_days.identifier
            and active_days.active_date = line_days.active_date
    left join message_days
        on
            active_days.source = message_days.source
            and active_days.identifier_kind = message_days.identifier_kind
            and active_days.identifier = message_days.identifier
            and active_days.active_date = message_days.active_date
    left join event_days
        on
            active_days.source = event_days.source
            and active_days.identifier_kind = event_days.identifier_kind
            and active_days.identifier = event_days.identifier
            and active_days.active_date = event_days.active_date
    left join ticket_days
        on
            active_days.source = ticket_days.source
            and active_days.identifier_kind = ticket_days.identifier_kind
            and active_days.identifier = ticket_days.identifier
            and active_days.active_date = ticket_days.active_date

)

select * from customer_days
