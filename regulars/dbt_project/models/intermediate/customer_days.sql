-- depends_on: {{ ref('stg_night') }}, {{ ref('stg_touched_days') }}, {{ ref('int_order_lines') }}
-- depends_on: {{ ref('int_orders') }}, {{ ref('stg_messages') }}, {{ ref('stg_tickets') }}, {{ ref('stg_survey_responses') }}
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
{%- set kinds = day_kinds() %}
{%- set visits = ['visit_count', 'mobile_visit_count'] %}
{%- set lines = ['line_count', 'unit_count', 'returned_unit_count', 'line_amount'] %}

with

{% for kind, told in kinds.items() if kind != 'event' -%}
{{ kind }}_days as (

    select
        handle_id,
        {{ told.day }} as active_date,
        min(row_place) as first_row_place,
        count(*) as fact_count,
        {%- for measure, amount in told.get('sums', {}).items() %}
        sum({{ amount }}) as {{ measure }},
        {%- endfor %}
        {%- for measure, amount in told.get('maxima', {}).items() %}
        max({{ amount }}) as {{ measure }},
        {%- endfor %}
        {%- for measure, condition in told.counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(told.facts) }}
    where handle_id is not null and {{ is_missing(told.day, told.at, missing_at) }}
    group by handle_id, {{ told.day }}

),

{% endfor -%}

-- from the categories, because joining every line with its order once is enough
line_days as (

    select
        handle_id,
        active_date,
        sum(spanning_row_count) as spanning_row_count,
        {%- for measure in lines %}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_category_days') }}
    where {{ is_missing('active_date') }}
    group by handle_id, active_date

),

identified_events as (

    {{ identified_events(is_missing('event_date', 'occurred_at', missing_at)) }}

),

-- events without a visit are one visit a day
visits as (

    select
        handle_id,
        event_date as active_date,
        session_ref,
        min(row_place) as first_row_place,
        count(*) as fact_count,
        max(case when device = 'mobile' then 1 else 0 end) as is_mobile,
        {%- for measure, condition in kinds.event.counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from identified_events
    group by handle_id, event_date, session_ref

),

event_days as (

    select
        handle_id,
        active_date,
        min(first_row_place) as first_row_place,
        sum(fact_count) as fact_count,
        count(*) as visit_count,
        sum(is_mobile) as mobile_visit_count,
        {%- for measure in kinds.event.counts %}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from visits
    group by handle_id, active_date

),

-- an order whose lines are of another day counts on its own day, and its lines on theirs
days_of_orders_and_lines as (

    select
        coalesce(order_days.handle_id, line_days.handle_id) as handle_id,
        coalesce(order_days.active_date, line_days.active_date) as active_date,
        order_days.first_row_place,
        order_days.fact_count,
        coalesce(order_days.spanning_row_count, 0) + coalesce(line_days.spanning_row_count, 0) as spanning_row_count,
        {%- for measure in lines %}
        line_days.{{ measure }},
        {%- endfor %}
        {%- for measure in (kinds.order.sums | list) + (kinds.order.maxima | list) + (kinds.order.counts | list)
            if measure != 'spanning_row_count' %}
        order_days.{{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from order_days
    full outer join line_days
        on
            order_days.handle_id = line_days.handle_id
            and order_days.active_date = line_days.active_date

),

{%- set days_of_kinds = {
    'order': ('days_of_orders_and_lines', lines),
    'message': ('message_days', []),
    'event': ('event_days', visits),
    'ticket': ('ticket_days', []),
    'survey_response': ('survey_response_days', []),
} %}

-- kinds share no measure, so that a day of each is a row of its own and nothing must be brought together
customer_days as (
    {% for kind, (days, more) in days_of_kinds.items() %}
    select
        handle_id,
        active_date,
        '{{ kind }}' as fact_kind,
        first_row_place,
        cast(coalesce(fact_count, 0) as bigint) as fact_count,
        {%- for other, told in kinds.items() %}
        {%- for measure in (told.counts | list) + (visits if other == 'event' else []) + (lines[:1] if other == 'order' else []) %}
        cast({{ 'coalesce(' ~ measure ~ ', 0)' if other == kind else '0' }} as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in (told.get('sums', {}) | list) + (told.get('maxima', {}) | list) + (lines[1:] if other == 'order' else []) %}
        cast({{ 'coalesce(' ~ measure ~ ', 0)' if other == kind else '0' }} as decimal(18, 4)) as {{ measure }},
        {%- endfor %}
        {%- endfor %}
        cast({{ built_file_id() }} as bigint) as built_file_id
    from {{ days }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from customer_days
