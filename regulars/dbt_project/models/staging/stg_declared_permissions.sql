with

permissions as (

    select
        channel,
        purpose,
        status,
        basis
    from {{ source('settings', 'permissions') }}

)

select * from permissions
