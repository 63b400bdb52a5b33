{{ config(materialized='table') }}

with

hours_of_utc as (

    select
        time_zone,
        {{ hours_until('as_of_end_at') }} as hour_at
    from {{ ref('stg_night') }}

),

hours as (

    select
        hour_at,
        {{ local_date('hour_at', 'time_zone') }} as local_date,
        {{ local_date("hour_at + interval '1' hour - interval '1' microsecond", 'time_zone') }} as last_local_date
    from hours_of_utc

),

-- of an hour that a midnight falls into every moment is asked for itself
hours_of_one_day as (

    select
        hour_at,
        local_date
    from hours
    where local_date = last_local_date

)

select * from hours_of_one_day
