with

segments as (

    select
        segment_id,
        kind,
        depth,
        position,
        predicate,
        leave_when,
        evidence_columns,
        definition_hash,
        goal,
        owner
    from {{ source('settings', 'segments') }}

)

select * from segments
