with

touched_days as (

    select
        file_id,
        entity,
        touched_date
    from {{ source('landing_files', 'touched_days') }}

)

select * from touched_days
