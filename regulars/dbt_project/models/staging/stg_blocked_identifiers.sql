with

blocked_identifiers as (

    select
        identifier,
        is_local_part
    from {{ source('settings', 'blocked_identifiers') }}

)

select * from blocked_identifiers
