with

systems as (

    select
        source,
        accounts,
        anonymous_ids
    from {{ source('settings', 'systems') }}

)

select * from systems
