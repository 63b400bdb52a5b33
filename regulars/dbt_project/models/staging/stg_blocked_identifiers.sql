with

blocked_identifiers as (

    select identifier
    from {{ source('settings', 'blocked_identifiers') }}

)

select * from blocked_identifiers
