with

patterns as (

    select
        pattern_id,
        description,
        owner,
        entry_kind,
        entry_predicate,
        sequel,
        sequel_kind,
        sequel_predicate,
        within_days,
        definition_hash
    from {{ source('settings', 'patterns') }}

)

select * from patterns
