with

touched_days as (

    select
        file_id,
        source,
        entity,
        touched_date,
        night
    from {{ source('landing_files', 'touched_days') }}

)

select * from touched_days
