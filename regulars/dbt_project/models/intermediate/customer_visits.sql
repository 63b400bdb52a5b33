-- depends_on: {{ ref('stg_night') }}, {{ ref('stg_touched_days') }}, {{ ref('stg_files') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='active_date',
        on_schema_change='fail',
        pre_hook="{{ forget_stale_days(orders=false) }}"
    )
}}
{%- set missing_at = earliest_missing_at(orders=false) %}
{%- set counts = day_kinds().event.counts %}

with

identified_events as (

    {{ identified_events(is_missing('event_date', 'occurred_at', missing_at)) }}

),

-- events without a visit are one visit a day
visits as (

    select
        source,
        handle_id,
        event_date as active_date,
        session_ref,
        min(row_place) as first_row_place,
        min(occurred_at) as first_at,
        count(*) as fact_count,
        max(case when device = 'mobile' then 1 else 0 end) as mobile_visit_count,
        {%- for measure, condition in counts.items() %}
        count(case when {{ condition }} then 1 end) as {{ measure }},
        {%- endfor %}
        cast({{ built_file_id() }} as bigint) as built_file_id
    from identified_events
    group by source, handle_id, event_date, session_ref

),

-- before and after a log-in one visit has two handles, of which the first counts as the visit
parts_of_visits as (

    select
        *,
        session_ref is not null and row_number() over (
            partition by source, active_date, session_ref
            order by first_row_place
        ) > 1 as is_continued
    from visits

)

select * from parts_of_visits
