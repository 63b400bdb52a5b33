with

metric_goals as (

    select
        goal_id,
        baseline_start,
        baseline,
        baseline_size,
        frozen_date
    from {{ source('previous', 'metric_goals') }}

)

select * from metric_goals
