with

metrics as (

    select * from {{ ref('stg_metrics') }}

),

periods as (

    select * from {{ ref('int_metric_periods') }}

),

parts as (

    select * from {{ ref('int_metric_parts') }}

),

cohorts as (

    select distinct
        customer_number,
        left(cast(first_order_date as {{ text_type() }}), 7) as breakdown_id
    from {{ ref('int_order_gaps') }}

),

-- of whoever became one with another, too
memberships as (

    select distinct
        clusters.cluster_id as customer_number,
        history.segment_id,
        history.entered_date,
        history.exited_date
    from {{ ref('stg_previous_segment_history') }} as history
    left join {{ ref('customer_aliases') }} as aliases
        on history.customer_id = aliases.alias_id
    inner join {{ ref('int_customer_clusters') }} as clusters
        on coalesce(aliases.customer_id, history.customer_id) = clusters.customer_id

),

-- the segment in which she was when the period began, lest what happened in it decides who is counted
segments_at_starts as (

    select distinct
        starts.period_start,
        memberships.customer_number,
        memberships.segment_id
    from memberships
    inner join (select distinct periods.period_start from periods) as starts
        on
            memberships.entered_date < starts.period_start
            and coalesce(memberships.exited_date >= starts.period_start, true)

),

broken_down as (

    select
        metric,
        period,
        period_start,
        'all' as breakdown,
        'all' as breakdown_id,
        part,
        whole
    from parts
    union all
    select
        parts.metric,
        parts.period,
        parts.period_start,
        'cohort' as breakdown,
        cohorts.breakdown_id,
        parts.part,
        parts.whole
    from parts
    inner join cohorts
        on parts.customer_number = cohorts.customer_number
    where parts.period = 'month'
    union all
    select
        parts.metric,
        parts.period,
        parts.period_start,
        'segment' as breakdown,
        segments_at_starts.segment_id as breakdown_id,
        parts.part,
        parts.whole
    from parts
    inner join segments_at_starts
        on
            parts.customer_number = segments_at_starts.customer_number
            and parts.period_start = segments_at_starts.period_start

),

sums as (

    select
        metric,
        period,
        period_start,
        breakdown,
        breakdown_id,
        sum(part) as part,
        cast(sum(whole) as bigint) as sample_size,
        median(case when metric = 'resolution_hours' then part end) as middle
    from broken_down
    group by metric, period, period_start, breakdown, breakdown_id
    having sum(whole) > 0

),

counted_tonight as (

    select
        sums.period,
        sums.period_start,
        periods.period_end,
        sums.metric,
        sums.breakdown,
        sums.breakdown_id,
        case
            when sums.sample_size < metrics.least_count then null
            when sums.metric = 'resolution_hours' then {{ ratio('sums.middle', '1') }}
            else {{ ratio('sums.part', 'sums.sample_size') }}
        end as value,
        sums.sample_size
    from sums
    inner join metrics
        on sums.metric = metrics.metric
    inner join periods
        on
            sums.metric = periods.metric
            and sums.period = periods.period
            and sums.period_start = periods.period_start

),

-- months for ever, days and weeks for as long as they are counted
counted_before as (

    select
        previous.period,
        previous.period_start,
        previous.period_end,
        previous.metric,
        previous.breakdown,
        previous.breakdown_id,
        previous.value,
        previous.sample_size
    from {{ ref('stg_previous_cx_metrics') }} as previous
    cross join {{ ref('stg_night') }} as night
    left join periods
        on
            previous.metric = periods.metric
            and previous.period = periods.period
            and previous.period_start = periods.period_start
    where
        periods.metric is null
        and (previous.period = 'month' or previous.period_start > {{ days_later('night.as_of_date', -kept_metric_days()) }})

),

counted as (

    select * from counted_tonight
    union all
    select * from counted_before

),

cx_metrics as (

    select
        counted.period,
        counted.period_start,
        counted.period_end,
        counted.metric,
        counted.breakdown,
        counted.breakdown_id,
        cast(counted.value as double) as value,
        counted.sample_size,
        metrics.kind,
        metrics.use
    from counted
    inner join metrics
        on counted.metric = metrics.metric

)

select * from cx_metrics
