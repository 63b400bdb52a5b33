with

identity_metrics as (

    select
        as_of_date,
        metric,
        part_count,
        whole_count,
        share
    from {{ source('previous', 'identity_metrics') }}

)

select * from identity_metrics
