-- depends_on: {{ ref('stg_segments') }}, {{ ref('int_previous_scores') }}
{%- set segments = segment_definitions() %}

with

features as (

    select features.*
    from {{ ref('customer_features') }} as features
    inner join {{ ref('stg_night') }} as night
        on features.as_of_date = night.as_of_date

),

changes as (

    select * from {{ ref('int_segment_changes') }}

),

segment_evidence as (
    {% for segment in segments %}
    select
        changes.customer_id,
        changes.segment_id,
        changes.is_entry,
        {{ segment_evidence(segment.evidence_columns) }} as evidence
    from changes
    inner join {{ '(' ~ scored_features() ~ ') as features' if segment.depth == 'predictive' else 'features' }}
        on changes.customer_id = features.customer_id
    where changes.segment_id = {{ quoted(segment.segment_id) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        changes.customer_id,
        changes.segment_id,
        changes.is_entry,
        changes.segment_id as evidence
    from changes
    inner join features
        on changes.customer_id = features.customer_id
    where false
    {%- endfor %}

)

select * from segment_evidence
