with

night as (

    select * from {{ ref('stg_night') }}

),

-- the first night of a store has published no day before
restated_tonight as (

    select distinct
        night.as_of_date,
        touched_days.source,
        touched_days.entity,
        touched_days.touched_date as restated_date
    from {{ ref('stg_touched_days') }} as touched_days
    inner join night on touched_days.night = night.as_of_date
    where touched_days.touched_date <= night.previous_date

),

restated_days as (

    select
        as_of_date,
        source,
        entity,
        restated_date
    from {{ ref('stg_previous_restated_days') }}
    union all
    select
        as_of_date,
        source,
        entity,
        restated_date
    from restated_tonight

)

select * from restated_days
