-- depends_on: {{ ref('int_orders') }}, {{ ref('stg_messages') }}, {{ ref('stg_tickets') }}, {{ ref('stg_survey_responses') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ forget_handles_without_days() }}"
    )
}}
{%- set texts_of = {
    'order': ['customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name'],
    'message': ['customer_ref', 'email', 'phone'],
    'event': ['customer_ref', 'visit_customer_ref', 'anonymous_ref'],
    'ticket': ['customer_ref', 'email'],
    'survey_response': ['customer_ref', 'email'],
} %}
{%- set kinds = day_kinds() %}
{%- set since = earliest_new_handle_at() %}

with

-- the first fact of each handle says what it is made of
new_handles as (

    select
        handle_id,
        min(first_row_place) as first_row_place,
        min_by(fact_kind, first_row_place) as fact_kind
    from {{ ref('customer_days') }}
    where
        first_row_place is not null
        {%- if is_incremental() %}
        and handle_id not in (select known.handle_id from {{ this }} as known)
        {%- endif %}
    group by handle_id

),

{% for kind, texts in texts_of.items() -%}
{%- set told = kinds[kind] -%}
{%- set days = told.at ~ ' >= ' ~ since if since else 'true' -%}
{{ kind }}_texts as (

    select
        facts.handle_id,
        facts.source,
        {%- for column in handle_columns() %}
        {{ 'facts.' ~ column if column in texts else 'cast(null as ' ~ text_type() ~ ')' }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if kind == 'event' %}
    from ({{ identified_events(days, "row_place in (select first_row_place from new_handles where fact_kind = 'event')") }}) as facts
    {%- else %}
    from (select * from {{ ref(told.facts) }} where {{ days }}) as facts
    {%- endif %}
    inner join new_handles
        on
            facts.row_place = new_handles.first_row_place
            and facts.handle_id = new_handles.handle_id
    where new_handles.fact_kind = '{{ kind }}'

),

{% endfor -%}

handle_texts as (
    {% for kind in texts_of %}
    select * from {{ kind }}_texts
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from handle_texts
