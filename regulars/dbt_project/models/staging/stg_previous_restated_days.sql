with

restated_days as (

    select
        as_of_date,
        source,
        entity,
        restated_date
    from {{ source('previous', 'restated_days') }}

)

select * from restated_days
