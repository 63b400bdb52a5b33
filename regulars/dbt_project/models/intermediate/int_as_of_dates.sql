{{ config(materialized='view') }}

with

as_of_dates as (

    select as_of_date
    from {{ ref('stg_night') }}

)

select * from as_of_dates
