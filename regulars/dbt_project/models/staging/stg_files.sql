with

files as (

    select
        file_id,
        source,
        entity,
        loaded_date
    from {{ source('landing_files', 'files') }}

)

select * from files
