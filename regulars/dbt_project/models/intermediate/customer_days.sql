-- depends_on: {{ ref('stg_night') }}, {{ ref('stg_touched_days') }}, {{ ref('int_order_lines') }}
-- depends_on: {{ ref('int_orders') }}, {{ ref('stg_messages') }}, {{ ref('stg_tickets') }}
-- depends_on: {{ ref('stg_survey_responses') }}
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
{%- set lines = ['line_count', 'unit_count', 'returned_unit_count', 'line_amount'] %}
{%- set types_of_kinds = day_measures() %}
{%- set days_of_kinds = {
    'order': 'days_of_orders_and_lines',
    'message': 'message_days',
    'event': 'event_days',
    'ticket': 'ticket_days',
    'survey_response': 'survey_response_days',
} %}

with

{% for kind, told in kinds.items() if kind != 'event' -%}
{{ kind }}_days as (

    select
        handle_id,
        {{ told.day }} as active_date,
        min(row_place) as first_row_place,
        {%- for measure, amount in told.get('sums', {}).items() %}
        sum({{ amount }}) as {{ measure }},
        {%- endfor %}
        {%- for measure, amount in told.get('maxima', {}).items() %}
        max({{ amount }}) as {{ measure }},
        {%- endfor %}
        {%- for measure, condition in told.counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ measure }},
        {%- endfor %}
        count(*) as fact_count
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
        {%- for measure in lines %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        sum(spanning_row_count) as spanning_row_count
    from {{ ref('customer_category_days') }}
    where {{ is_missing('active_date') }}
    group by handle_id, active_date

),

event_days as (

    select
        handle_id,
        active_date,
        min(first_row_place) as first_row_place,
        count(case when not is_continued then 1 end) as visit_count,
        sum(case when not is_continued then mobile_visit_count else 0 end) as mobile_visit_count,
        {%- for measure in kinds.event.counts %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        sum(fact_count) as fact_count
    from {{ ref('customer_visits') }}
    where {{ is_missing('active_date') }}
    group by handle_id, active_date

),

-- an order whose lines are of another day counts on its own day, and its lines on theirs
days_of_orders_and_lines as (

    select
        coalesce(order_days.handle_id, line_days.handle_id) as handle_id,
        coalesce(order_days.active_date, line_days.active_date) as active_date,
        order_days.first_row_place,
        {%- for measure in lines %}
        line_days.{{ measure }},
        {%- endfor %}
        {%- for measure in types_of_kinds.order if measure not in lines + ['spanning_row_count'] %}
        order_days.{{ measure }},
        {%- endfor %}
        order_days.fact_count,
        coalesce(order_days.spanning_row_count, 0) + coalesce(line_days.spanning_row_count, 0) as spanning_row_count
    from order_days
    full outer join line_days
        on
            order_days.handle_id = line_days.handle_id
            and order_days.active_date = line_days.active_date

),

-- kinds share no measure, so that a day of each is a row of its own and nothing must be brought together
customer_days as (
    {% for kind, days in days_of_kinds.items() %}
    select
        handle_id,
        active_date,
        '{{ kind }}' as fact_kind,
        first_row_place,
        cast(coalesce(fact_count, 0) as bigint) as fact_count,
        {%- for other, types in types_of_kinds.items() %}
        {%- for measure, type in types.items() %}
        cast({{ 'coalesce(' ~ measure ~ ', 0)' if other == kind else '0' }} as {{ type }}) as {{ measure }},
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
