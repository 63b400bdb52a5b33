with

metrics as (

    select
        metric,
        kind,
        use,
        shortest_period,
        entities,
        reach_days,
        least_count
    from {{ source('settings', 'metrics') }}

)

select * from metrics
