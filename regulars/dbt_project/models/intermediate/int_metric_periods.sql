with

night as (

    select * from {{ ref('stg_night') }}

),

first_days as (

    select min(active_date) as first_date from {{ ref('customer_days') }}

),

days as (

    select
        first_days.first_date,
        {{ days_from('first_days.first_date', 'night.as_of_date') }} as active_date
    from first_days
    cross join night

),

starts as (
    {% for period in ['day', 'week', 'month'] %}
    select distinct
        '{{ period }}' as period,
        first_date,
        cast({{ dbt.date_trunc(period, 'active_date') }} as date) as period_start,
        {{ days_later('cast(' ~ dbt.dateadd(period, 1, dbt.date_trunc(period, 'active_date')) ~ ' as date)', -1) }}
            as period_end
    from days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- a period is counted when all of it is there
metric_periods as (

    select
        metrics.metric,
        metrics.entities,
        metrics.reach_days,
        starts.period,
        starts.period_start,
        starts.period_end
    from starts
    cross join night
    inner join {{ ref('stg_metrics') }} as metrics
        on {{ period_rank('starts.period') }} >= {{ period_rank('metrics.shortest_period') }}
    where
        starts.period_start >= starts.first_date
        and starts.period_end <= night.as_of_date
        and (starts.period = 'month' or starts.period_start > {{ days_later('night.as_of_date', -kept_metric_days()) }})

),

-- a night that failed may have landed them
restated_days as (

    select distinct
        touched_days.entity,
        touched_days.touched_date
    from {{ ref('stg_touched_days') }} as touched_days
    inner join night
        on touched_days.night > night.previous_date and touched_days.touched_date <= night.previous_date

),

restated_periods as (

    select distinct
        metric_periods.metric,
        metric_periods.period,
        metric_periods.period_start
    from metric_periods
    inner join restated_days
        on
            concat(',', metric_periods.entities, ',') like concat('%,', restated_days.entity, ',%')
            and restated_days.touched_date <= metric_periods.period_end
            and restated_days.touched_date >= {{ days_later('metric_periods.period_start', '-metric_periods.reach_days') }}

),

metrics_so_far as (

    select distinct metric from {{ ref('stg_previous_cx_metrics') }}

),

periods_to_count as (

    select
        metric_periods.metric,
        metric_periods.period,
        metric_periods.period_start,
        metric_periods.period_end
    from metric_periods
    cross join night
    left join metrics_so_far
        on metric_periods.metric = metrics_so_far.metric
    left join restated_periods
        on
            metric_periods.metric = restated_periods.metric
            and metric_periods.period = restated_periods.period
            and metric_periods.period_start = restated_periods.period_start
    where
        metrics_so_far.metric is null
        or restated_periods.metric is not null
        or coalesce(metric_periods.period_end > night.previous_date, true)

)

select * from periods_to_count
