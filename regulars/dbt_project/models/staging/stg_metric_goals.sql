with

metric_goals as (

    select
        goal_id,
        metric,
        period,
        breakdown,
        breakdown_id,
        target,
        launch_date,
        because
    from {{ source('settings', 'metric_goals') }}

)

select * from metric_goals
