{{ config(materialized='view') }}
-- depends_on: {{ ref('stg_segments') }}, {{ ref('int_previous_scores') }}
-- depends_on: {{ ref('stg_previous_segment_history') }}
{%- set segments = segment_definitions() %}

with

features as (

    select * from {{ ref('customer_features') }}

),

-- every predicate on its own; which stage comes first is not decided here
segment_matches as (
    {% for segment in segments %}
    select
        as_of_date,
        customer_id,
        {{ quoted(segment.segment_id) }} as segment_id,
        {{ quoted(segment.kind) }} as kind,
        {{ segment.position }} as position,
        {{ quoted(segment.definition_hash) }} as definition_hash
    from {{ '(' ~ scored_features() ~ ') as scored_features' if segment.depth == 'predictive' else 'features' }}
    where {{ is_member(segment) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        as_of_date,
        customer_id,
        customer_id as segment_id,
        customer_id as kind,
        0 as position,
        customer_id as definition_hash
    from features
    where false
    {%- endfor %}

)

select * from segment_matches
