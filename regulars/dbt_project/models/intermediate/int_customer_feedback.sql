with

-- the later record of two at one moment
complaints_by_age as (

    select
        handles.customer_number,
        tickets.opened_date,
        tickets.topic,
        tickets.is_open,
        row_number() over (
            partition by handles.customer_number
            order by tickets.opened_at desc, tickets.source asc, tickets.record_key desc
        ) as recency_rank
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    where tickets.is_complaint

),

complaints as (

    select
        customer_number,
        max(opened_date) as last_complaint_date,
        max(case when recency_rank = 1 then topic end) as last_complaint_topic,
        min(case when is_open then opened_date end) as open_complaint_since_date
    from complaints_by_age
    group by customer_number

),

answers_by_age as (

    select
        handles.customer_number,
        responses.answered_date,
        responses.kind,
        responses.score,
        responses.text,
        row_number() over (
            partition by handles.customer_number
            order by responses.answered_at desc, responses.source asc, responses.record_key desc
        ) as recency_rank
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id

),

answers as (

    select
        customer_number,
        max(answered_date) as last_feedback_date,
        max(case when recency_rank = 1 then kind end) as last_feedback_kind,
        max(case when recency_rank = 1 then score end) as last_feedback_score,
        min_by(text, case when text is not null then recency_rank end) as last_feedback_text,
        max(case when text is not null then answered_date end) as last_feedback_text_date
    from answers_by_age
    group by customer_number

),

customer_feedback as (

    select
        coalesce(answers.customer_number, complaints.customer_number) as customer_number,
        answers.last_feedback_date,
        answers.last_feedback_kind,
        answers.last_feedback_score,
        answers.last_feedback_text,
        answers.last_feedback_text_date,
        complaints.last_complaint_date,
        complaints.last_complaint_topic,
        complaints.open_complaint_since_date
    from answers
    full outer join complaints
        on answers.customer_number = complaints.customer_number

)

select * from customer_feedback
