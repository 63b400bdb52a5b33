{#- a topic of fewer customers may say who they are -#}
{%- set fewest_customers = 5 -%}
with

months as (

    select
        periods.period_start,
        periods.period_end,
        {{ days_later('periods.period_start', '-2 * training.horizon_days') }} as since_date
    from {{ ref('int_metric_periods') }} as periods
    cross join {{ ref('stg_training') }} as training
    where periods.metric = 'churn_rate' and periods.period = 'month'

),

churned as (

    select
        months.period_start,
        months.period_end,
        months.since_date,
        parts.customer_number
    from {{ ref('int_metric_parts') }} as parts
    inner join months
        on parts.period_start = months.period_start
    where parts.metric = 'churn_rate' and parts.period = 'month' and parts.part > 0

),

complaints as (

    select
        handles.customer_number,
        tickets.opened_at,
        tickets.opened_date,
        tickets.row_place,
        lower(trim(tickets.topic)) as topic
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    where tickets.is_complaint

),

usual_topics as (

    select topic from complaints
    group by topic
    having count(distinct customer_number) >= {{ fewest_customers }}

),

last_complaints as (

    select
        churned.period_start,
        churned.customer_number,
        coalesce(usual_topics.topic, 'another complaint') as reason,
        row_number() over (
            partition by churned.period_start, churned.customer_number
            order by complaints.opened_at desc, complaints.row_place desc
        ) as recency_rank
    from churned
    inner join complaints
        on
            churned.customer_number = complaints.customer_number
            and complaints.opened_date > churned.since_date
            and complaints.opened_date <= churned.period_end
    left join usual_topics
        on complaints.topic = usual_topics.topic

),

last_scores as (

    select
        churned.period_start,
        churned.customer_number,
        case
            when responses.kind = 'nps' and responses.score <= 6 then 'would not recommend us'
            when responses.kind = 'csat' and responses.score <= 2 then 'dissatisfied'
        end as reason,
        row_number() over (
            partition by churned.period_start, churned.customer_number
            order by responses.answered_at desc, responses.row_place desc
        ) as recency_rank
    from churned
    inner join {{ ref('int_customer_handles') }} as handles
        on churned.customer_number = handles.customer_number
    inner join {{ ref('stg_survey_responses') }} as responses
        on
            handles.handle_id = responses.handle_id
            and responses.answered_date > churned.since_date
            and responses.answered_date <= churned.period_end
    where responses.kind in ('nps', 'csat') and responses.score is not null

),

behaviours as (

    select
        churned.period_start,
        churned.customer_number,
        case
            when sum(days.cancellation_view_count) > 0 then 'looked at cancelling'
            when sum(days.messages_refused) > 0 then 'refused our messages'
        end as reason
    from churned
    inner join {{ ref('int_customer_handles') }} as handles
        on churned.customer_number = handles.customer_number
    inner join {{ ref('customer_days') }} as days
        on
            handles.handle_id = days.handle_id
            and days.active_date > churned.since_date
            and days.active_date <= churned.period_end
    where days.fact_kind in ('event', 'message')
    group by churned.period_start, churned.customer_number

),

reasoned as (

    select
        churned.period_start,
        churned.customer_number,
        coalesce(last_complaints.reason, last_scores.reason, behaviours.reason, 'none known') as reason,
        case
            when last_complaints.reason is not null then 'ticket'
            when last_scores.reason is not null then 'survey'
            else 'behaviour'
        end as source
    from churned
    left join last_complaints
        on
            churned.period_start = last_complaints.period_start
            and churned.customer_number = last_complaints.customer_number
            and last_complaints.recency_rank = 1
    left join last_scores
        on
            churned.period_start = last_scores.period_start
            and churned.customer_number = last_scores.customer_number
            and last_scores.recency_rank = 1
    left join behaviours
        on
            churned.period_start = behaviours.period_start
            and churned.customer_number = behaviours.customer_number

),

counted as (

    select
        period_start as month_start,
        reason,
        source,
        count(*) as customers
    from reasoned
    group by period_start, reason, source
    union all
    select
        previous.month_start,
        previous.reason,
        previous.source,
        previous.customers
    from {{ ref('stg_previous_churn_reasons') }} as previous
    left join months
        on previous.month_start = months.period_start
    where months.period_start is null

),

churn_reasons as (

    select
        month_start,
        reason,
        source,
        cast(customers as bigint) as customers,
        {{ ratio('customers', 'sum(customers) over (partition by month_start)') }} as share
    from counted

)

select * from churn_reasons
