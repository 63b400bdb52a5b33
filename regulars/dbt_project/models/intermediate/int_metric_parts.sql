{#- what is summed of days of customers: kind of the facts, the part and the whole -#}
{%- set sums_of_days = {
    'unsubscribe_rate': ('message', 'days.messages_refused - days.messages_complained', 'days.messages_sent'),
    'complaint_rate': ('message', 'days.messages_complained', 'days.messages_sent'),
    'events_per_visit': ('event', 'days.event_count', 'days.visit_count'),
} %}
{%- set answers = {
    'csat': 'answers.is_survey',
    'satisfaction_after_order': "answers.came_after = 'order'",
    'satisfaction_after_ticket': "answers.came_after = 'ticket'",
    'satisfaction_after_campaign': "answers.came_after = 'campaign'",
} %}
with

periods as (

    select * from {{ ref('int_metric_periods') }}

),

-- so that facts find their periods by their day alone
period_days as (

    select
        *,
        {{ days_from('period_start', 'period_end') }} as active_date
    from periods

),

gaps as (

    select
        gaps.*,
        {{ days_later('gaps.order_date', 'training.horizon_days') }} as silent_date,
        training.horizon_days
    from {{ ref('int_order_gaps') }} as gaps
    cross join {{ ref('stg_training') }} as training

),

parts as (

    select
        periods.metric,
        periods.period,
        periods.period_start,
        gaps.customer_number,
        case when gaps.next_order_date <= periods.period_end then 1 else 0 end as part,
        1 as whole
    from gaps
    inner join periods
        on
            periods.metric = 'retention_rate'
            and coalesce(
                {{ days_later('periods.period_end', '-gaps.horizon_days') }} >= gaps.order_date
                and {{ days_later('periods.period_end', '-gaps.horizon_days') }}
                < least(gaps.next_order_date, gaps.silent_date),
                false
            )
    union all
    select
        periods.metric,
        periods.period,
        periods.period_start,
        gaps.customer_number,
        case
            when gaps.silent_date <= periods.period_end and coalesce(gaps.next_order_date > gaps.silent_date, true)
                then 1
            else 0
        end as part,
        1 as whole
    from gaps
    inner join periods
        on
            periods.metric = 'churn_rate'
            and coalesce(
                gaps.order_date < periods.period_start
                and periods.period_start <= least(gaps.next_order_date, gaps.silent_date),
                false
            )
    union all
    select
        days.metric,
        days.period,
        days.period_start,
        gaps.customer_number,
        max(case when gaps.first_order_date < gaps.order_date then 1 else 0 end) as part,
        1 as whole
    from gaps
    inner join period_days as days
        on gaps.order_date = days.active_date and days.metric = 'repeat_purchase_rate'
    group by days.metric, days.period, days.period_start, gaps.customer_number
    union all
    select
        periods.metric,
        periods.period,
        periods.period_start,
        gaps.customer_number,
        sum(gaps.net_amount) as part,
        1 as whole
    from gaps
    inner join periods
        on
            periods.metric = 'realised_lifetime_value'
            and coalesce(gaps.order_date <= periods.period_end, false)
    group by periods.metric, periods.period, periods.period_start, gaps.customer_number
    union all
    select
        periods.metric,
        periods.period,
        periods.period_start,
        clusters.cluster_id as customer_number,
        scores.expected_amount as part,
        1 as whole
    from {{ ref('stg_previous_ltv_scores') }} as scores
    inner join {{ ref('int_customer_clusters') }} as clusters
        on scores.customer_id = clusters.customer_id
    cross join {{ ref('stg_night') }} as night
    inner join periods
        on periods.metric = 'predicted_lifetime_value' and night.as_of_date = periods.period_end
    where
        scores.expected_amount is not null
        and scores.horizon_days = (select max(others.horizon_days) from {{ ref('stg_previous_ltv_scores') }} as others)
    union all
    select
        days.metric,
        days.period,
        days.period_start,
        handles.customer_number,
        case when responses.score >= 9 then 100 when responses.score <= 6 then -100 else 0 end as part,
        1 as whole
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id
    inner join period_days as days
        on responses.answered_date = days.active_date and days.metric = 'nps'
    where responses.kind = 'nps' and responses.score is not null
    {%- for metric, condition in answers.items() %}
    union all
    select
        days.metric,
        days.period,
        days.period_start,
        answers.customer_number,
        case when answers.is_satisfied then 1 else 0 end as part,
        1 as whole
    from {{ ref('int_satisfaction') }} as answers
    inner join period_days as days
        on answers.answered_date = days.active_date and days.metric = '{{ metric }}'
    where {{ condition }}
    {%- endfor %}
    union all
    select
        days.metric,
        days.period,
        days.period_start,
        handles.customer_number,
        {{ seconds_between('tickets.opened_at', 'tickets.solved_at') }} / 3600 as part,
        1 as whole
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    inner join period_days as days
        on tickets.solved_date = days.active_date and days.metric = 'resolution_hours'
    {%- for metric, sums in sums_of_days.items() %}
    union all
    select
        periods.metric,
        periods.period,
        periods.period_start,
        handles.customer_number,
        sum({{ sums[1] }}) as part,
        sum({{ sums[2] }}) as whole
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    inner join period_days as periods
        on days.active_date = periods.active_date and periods.metric = '{{ metric }}'
    where days.fact_kind = '{{ sums[0] }}'
    group by periods.metric, periods.period, periods.period_start, handles.customer_number
    {%- endfor %}
    union all
    select
        periods.metric,
        periods.period,
        periods.period_start,
        handles.customer_number,
        count(distinct days.active_date) as part,
        1 as whole
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    inner join period_days as periods
        on days.active_date = periods.active_date and periods.metric = 'active_days'
    where days.fact_kind = 'event' and days.visit_count > 0
    group by periods.metric, periods.period, periods.period_start, handles.customer_number

),

typed_parts as (

    select
        metric,
        period,
        period_start,
        customer_number,
        cast(part as decimal(18, 4)) as part,
        cast(whole as bigint) as whole
    from parts

)

select * from typed_parts
