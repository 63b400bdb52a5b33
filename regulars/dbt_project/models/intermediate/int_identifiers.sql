with

-- a request to be forgotten must not make a customer
seen_identifiers as (
    {% for model, timestamp_column in facts_with_identifiers() %}
    select
        source,
        identifier_kind,
        identifier,
        min({{ timestamp_column }}) as first_seen_at,
        count(*) as fact_count
    from {{ ref(model) }}
    where identifier is not null
    group by source, identifier_kind, identifier
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

identifiers as (

    select
        source,
        identifier_kind,
        identifier,
        min(first_seen_at) as first_seen_at,
        cast(sum(fact_count) as bigint) as fact_count
    from seen_identifiers
    group by source, identifier_kind, identifier

),

identifiers_with_days as (

    select
        identifiers.source,
        identifiers.identifier_kind,
        identifiers.identifier,
        {{ local_date('identifiers.first_seen_at', 'night.time_zone') }} as first_seen_date,
        identifiers.fact_count
    from identifiers
    cross join {{ ref('stg_night') }} as night

)

select * from identifiers_with_days
