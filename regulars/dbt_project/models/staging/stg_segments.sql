with

segments as (

    select
        segment_id,
        kind,
        position,
        predicate,
        evidence_columns,
        definition_hash,
        goal,
        owner
    from {{ source('settings', 'segments') }}

)

select * from segments
