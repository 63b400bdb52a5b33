-- depends_on: {{ ref('stg_patterns') }}
{%- set patterns = pattern_definitions() %}

with

night as (

    select * from {{ ref('stg_night') }}

),

timeline as (

    select
        *,
        concat(kind, case when kind = 'ticket' then ' ' || status end, ' ', file_id, ':', row_number) as evidence_id
    from {{ ref('customer_timeline') }}

),

no_patterns as (

    select
        customer_id,
        customer_id as pattern_id,
        occurred_at as started_at,
        occurred_date as started_date,
        occurred_date as completed_date,
        evidence_id,
        evidence_id as sequel_evidence_id
    from timeline
    where false

),

all_patterns as (

    select * from no_patterns
    {%- for pattern in patterns %}
    union all
    {{ pattern_matches(pattern) }}
    {%- endfor %}

),

customer_patterns as (

    select
        all_patterns.customer_id,
        all_patterns.pattern_id,
        definitions.description,
        all_patterns.started_at,
        all_patterns.started_date,
        all_patterns.completed_date,
        all_patterns.evidence_id,
        all_patterns.sequel_evidence_id,
        definitions.definition_hash
    from all_patterns
    cross join night
    inner join {{ ref('stg_patterns') }} as definitions
        on all_patterns.pattern_id = definitions.pattern_id
    where all_patterns.completed_date <= night.as_of_date

)

select * from customer_patterns
