{#- what happened earlier says nothing of an answer -#}
{%- set reach_days = 14 -%}
with

answers as (

    select
        handles.customer_number,
        responses.row_place,
        responses.answered_at,
        responses.answered_date,
        responses.about_ref,
        responses.score >= 4 as is_satisfied
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id
    where
        responses.kind = 'csat'
        and responses.score is not null
        and responses.answered_date >= (
            select min(periods.period_start) from {{ ref('int_metric_periods') }} as periods
            where periods.metric like 'satisfaction%' or periods.metric = 'csat'
        )

),

moments as (
    {% for said in [
        ('order', 'int_orders', 'ordered_at', 'order_ref', 'true'),
        ('ticket', 'stg_tickets', 'solved_at', 'ticket_ref', 'solved_at is not null'),
        ('campaign', 'stg_messages', 'occurred_at', 'message_ref', "event = 'sent'"),
    ] %}
    select
        handles.customer_number,
        '{{ said[0] }}' as kind,
        facts.{{ said[2] }} as happened_at,
        facts.{{ said[3] }} as reference
    from {{ ref(said[1]) }} as facts
    inner join {{ ref('int_customer_handles') }} as handles
        on facts.handle_id = handles.handle_id
    where {{ said[4] }} and handles.customer_number in (select answers.customer_number from answers)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- what the answer says it is about outranks what happened last
moments_before as (

    select
        answers.row_place,
        moments.kind,
        row_number() over (
            partition by answers.row_place
            order by
                case when moments.reference = answers.about_ref then 0 else 1 end,
                moments.happened_at desc,
                moments.kind
        ) as nearness_rank
    from answers
    inner join moments
        on
            answers.customer_number = moments.customer_number
            and moments.happened_at <= answers.answered_at
            and (
                moments.reference = answers.about_ref
                or {{ seconds_between('moments.happened_at', 'answers.answered_at') }} <= {{ reach_days * 86400 }}
            )

),

ratings as (

    select
        handles.customer_number,
        tickets.solved_date as answered_date,
        'ticket' as came_after,
        false as is_survey,
        lower(trim(tickets.satisfaction)) in ('good', 'satisfied', '4', '5') as is_satisfied
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    where
        tickets.solved_date is not null
        and lower(trim(tickets.satisfaction)) in (
            'good', 'satisfied', '4', '5', 'bad', 'dissatisfied', '1', '2', '3'
        )

),

satisfaction as (

    select
        answers.customer_number,
        answers.answered_date,
        moments_before.kind as came_after,
        true as is_survey,
        answers.is_satisfied
    from answers
    left join moments_before
        on answers.row_place = moments_before.row_place and moments_before.nearness_rank = 1
    union all
    select
        customer_number,
        answered_date,
        came_after,
        is_survey,
        is_satisfied
    from ratings

)

select * from satisfaction
