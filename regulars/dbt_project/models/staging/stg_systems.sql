with

systems as (

    select
        source,
        accounts
    from {{ source('settings', 'systems') }}

)

select * from systems
