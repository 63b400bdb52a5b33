with

cx_metrics as (

    select
        period,
        period_start,
        period_end,
        metric,
        breakdown,
        breakdown_id,
        value,
        sample_size
    from {{ source('previous', 'cx_metrics') }}

)

select * from cx_metrics
