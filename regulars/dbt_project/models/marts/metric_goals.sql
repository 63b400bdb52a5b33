with

night as (

    select * from {{ ref('stg_night') }}

),

goals as (

    select * from {{ ref('stg_metric_goals') }}

),

-- periods that say nothing are no baseline and no progress
values_of_goals as (

    select
        goals.goal_id,
        metrics.period_start,
        metrics.value,
        metrics.sample_size,
        metrics.period_start >= goals.launch_date as is_after,
        row_number() over (
            partition by goals.goal_id, metrics.period_start >= goals.launch_date
            order by metrics.period_start desc
        ) as recency_rank
    from goals
    inner join {{ ref('cx_metrics') }} as metrics
        on
            goals.metric = metrics.metric
            and goals.period = metrics.period
            and goals.breakdown = metrics.breakdown
            and goals.breakdown_id = metrics.breakdown_id
    where
        metrics.value is not null
        and (metrics.period_end < goals.launch_date or metrics.period_start >= goals.launch_date)

),

-- what was frozen stays, whatever becomes of its period
baselines as (

    select
        goals.goal_id,
        case
            when previous.frozen_date is not null then previous.frozen_date
            when newest.goal_id is not null then night.as_of_date
        end as frozen_date,
        case when previous.frozen_date is null then newest.period_start else previous.baseline_start end
            as baseline_start,
        case when previous.frozen_date is null then newest.value else previous.baseline end as baseline,
        case when previous.frozen_date is null then newest.sample_size else previous.baseline_size end as baseline_size
    from goals
    cross join night
    left join {{ ref('stg_previous_metric_goals') }} as previous
        on goals.goal_id = previous.goal_id
    left join values_of_goals as newest
        on
            goals.goal_id = newest.goal_id
            and newest.recency_rank = 1
            and not newest.is_after
            and goals.launch_date <= night.as_of_date

),

metric_goals as (

    select
        goals.goal_id,
        goals.metric,
        goals.period,
        goals.breakdown,
        goals.breakdown_id,
        goals.launch_date,
        goals.because,
        goals.target,
        baselines.baseline_start,
        baselines.baseline,
        baselines.baseline_size,
        baselines.frozen_date,
        newest.period_start as current_start,
        newest.value as current_value,
        newest.sample_size as current_size,
        {{ ratio('newest.value - baselines.baseline', 'goals.target - baselines.baseline') }} as progress
    from goals
    inner join baselines
        on goals.goal_id = baselines.goal_id
    left join values_of_goals as newest
        on
            goals.goal_id = newest.goal_id
            and newest.recency_rank = 1
            and newest.is_after

)

select * from metric_goals
