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
{%- set counts = [
    'order_count', 'discounted_order_count', 'coupon_order_count', 'gift_order_count', 'line_count',
    'message_sent_count', 'message_opened_count', 'message_clicked_count', 'message_redeemed_count',
    'event_count', 'ticket_count', 'complaint_count', 'survey_response_count', 'spanning_row_count', 'fact_count',
] %}
{%- set amounts = [
    'order_amount', 'discount_amount', 'refunded_amount', 'unit_count', 'returned_unit_count', 'line_amount',
] %}
{%- set measures_of = {
    'order_days': [
        'order_count', 'discounted_order_count', 'coupon_order_count', 'gift_order_count', 'spanning_row_count',
        'fact_count', 'order_amount', 'discount_amount', 'refunded_amount', 'largest_order_amount',
    ],
    'line_days': ['line_count', 'spanning_row_count', 'unit_count', 'returned_unit_count', 'line_amount'],
    'message_days': [
        'message_sent_count', 'message_opened_count', 'message_clicked_count', 'message_redeemed_count', 'fact_count',
    ],
    'event_days': ['event_count', 'fact_count'],
    'ticket_days': ['ticket_count', 'complaint_count', 'fact_count'],
    'survey_response_days': ['survey_response_count', 'fact_count'],
} %}

with

order_days as (

    select
        handle_id,
        order_date as active_date,
        min(row_place) as first_row_place,
        {{ handle_texts(['customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name']) }}
        count(*) as order_count,
        count(*) as fact_count,
        sum(amount) as order_amount,
        sum(discount_amount) as discount_amount,
        sum(refunded_amount) as refunded_amount,
        max(amount) as largest_order_amount,
        sum(case when discount_amount > 0 then 1 else 0 end) as discounted_order_count,
        sum(case when coupon_code is not null then 1 else 0 end) as coupon_order_count,
        sum(case when is_gift then 1 else 0 end) as gift_order_count,
        sum(case when is_spanning then 1 else 0 end) as spanning_row_count
    from {{ ref('int_orders') }}
    where handle_id is not null and {{ is_missing('order_date', 'ordered_at', missing_at) }}
    group by handle_id, order_date, source, customer_ref, email, phone, anonymous_ref, person_name

),

handles_of_orders as (

    select distinct
        handle_id,
        source,
        customer_ref,
        email,
        phone,
        anonymous_ref,
        person_name
    from {{ ref('int_orders') }}
    where handle_id is not null

),

-- from the categories, because joining every line with its order once is enough
line_days as (

    select
        days.handle_id,
        days.active_date,
        cast(null as bigint) as first_row_place,
        handles_of_orders.source,
        handles_of_orders.customer_ref,
        cast(null as {{ text_type() }}) as visit_customer_ref,
        handles_of_orders.email,
        handles_of_orders.phone,
        handles_of_orders.anonymous_ref,
        handles_of_orders.person_name,
        days.line_count,
        days.unit_count,
        days.returned_unit_count,
        days.line_amount,
        days.spanning_row_count
    from (
        select
            handle_id,
            active_date,
            sum(line_count) as line_count,
            sum(unit_count) as unit_count,
            sum(returned_unit_count) as returned_unit_count,
            sum(line_amount) as line_amount,
            sum(spanning_row_count) as spanning_row_count
        from {{ ref('customer_category_days') }}
        where {{ is_missing('active_date') }}
        group by handle_id, active_date
    ) as days
    inner join handles_of_orders
        on days.handle_id = handles_of_orders.handle_id

),

message_days as (

    select
        handle_id,
        message_date as active_date,
        min(row_place) as first_row_place,
        {{ handle_texts(['customer_ref', 'email', 'phone']) }}
        count(*) as fact_count,
        sum(case when event = 'sent' then 1 else 0 end) as message_sent_count,
        sum(case when event = 'opened' and not is_machine then 1 else 0 end) as message_opened_count,
        sum(case when event = 'clicked' and not is_machine then 1 else 0 end) as message_clicked_count,
        sum(case when event = 'redeemed' then 1 else 0 end) as message_redeemed_count
    from {{ ref('stg_messages') }}
    where handle_id is not null and {{ is_missing('message_date', 'occurred_at', missing_at) }}
    group by handle_id, message_date, source, customer_ref, email, phone

),

-- whoever logs in is whom the whole visit of that day is about, unless several do
visits as (

    select
        source,
        session_ref,
        event_date,
        min(customer_ref) as customer_ref
    from {{ ref('stg_events') }}
    where
        session_ref is not null
        and customer_ref is not null
        and {{ is_missing('event_date', 'occurred_at', missing_at) }}
    group by source, session_ref, event_date
    having min(customer_ref) = max(customer_ref)

),

events_of_visits as (

    select
        events.source,
        events.customer_ref,
        case when events.customer_ref is null then visits.customer_ref end as visit_customer_ref,
        events.anonymous_ref,
        events.event_date,
        events.row_place
    from {{ ref('stg_events') }} as events
    left join visits
        on
            events.source = visits.source
            and events.session_ref = visits.session_ref
            and events.event_date = visits.event_date
    where
        (events.customer_ref is not null or events.anonymous_ref is not null)
        and {{ is_missing('events.event_date', 'events.occurred_at', missing_at) }}

),

identified_events as (

    select
        *,
        {{ handle_of(['customer_ref', 'visit_customer_ref', 'anonymous_ref']) }} as handle_id
    from events_of_visits

),

event_days as (

    select
        handle_id,
        event_date as active_date,
        min(row_place) as first_row_place,
        {{ handle_texts(['customer_ref', 'visit_customer_ref', 'anonymous_ref']) }}
        count(*) as event_count,
        count(*) as fact_count
    from identified_events
    group by handle_id, event_date, source, customer_ref, visit_customer_ref, anonymous_ref

),

ticket_days as (

    select
        handle_id,
        opened_date as active_date,
        min(row_place) as first_row_place,
        {{ handle_texts(['customer_ref', 'email']) }}
        count(*) as ticket_count,
        count(*) as fact_count,
        sum(case when is_complaint then 1 else 0 end) as complaint_count
    from {{ ref('stg_tickets') }}
    where handle_id is not null and {{ is_missing('opened_date', 'opened_at', missing_at) }}
    group by handle_id, opened_date, source, customer_ref, email

),

survey_response_days as (

    select
        handle_id,
        answered_date as active_date,
        min(row_place) as first_row_place,
        {{ handle_texts(['customer_ref', 'email']) }}
        count(*) as survey_response_count,
        count(*) as fact_count
    from {{ ref('stg_survey_responses') }}
    where handle_id is not null and {{ is_missing('answered_date', 'answered_at', missing_at) }}
    group by handle_id, answered_date, source, customer_ref, email

),

days_of_facts as (
    {% for days, measures in measures_of.items() %}
    select
        handle_id,
        active_date,
        first_row_place,
        {%- for column in ['source'] + handle_columns() %}
        {{ column }},
        {%- endfor %}
        {%- for measure in counts + amounts %}
        {{ measure if measure in measures else 0 }} as {{ measure }},
        {%- endfor %}
        {{ 'largest_order_amount' if 'largest_order_amount' in measures else 0 }} as largest_order_amount
    from {{ days }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

customer_days as (

    select
        handle_id,
        active_date,
        min(first_row_place) as first_row_place,
        {{ (['source'] + handle_columns()) | join(',\n        ') }},
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        cast(sum({{ amount }}) as decimal(18, 4)) as {{ amount }},
        {%- endfor %}
        cast(max(largest_order_amount) as decimal(18, 4)) as largest_order_amount,
        cast({{ built_file_id() }} as bigint) as built_file_id
    from days_of_facts
    group by handle_id, active_date, {{ (['source'] + handle_columns()) | join(', ') }}

)

select * from customer_days
