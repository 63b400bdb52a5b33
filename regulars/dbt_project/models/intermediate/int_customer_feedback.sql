with

tickets as (

    select
        handles.customer_number,
        tickets.opened_at,
        tickets.opened_date,
        tickets.topic,
        tickets.record_key,
        tickets.solved_at is null as is_open,
        coalesce(tickets.is_complaint, false) as is_complaint
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id

),

complaints as (

    select
        customer_number,
        max(opened_date) as last_complaint_date,
        max_by(topic, concat(opened_at, record_key)) as last_complaint_topic,
        min(case when is_open then opened_date end) as open_complaint_since_date
    from tickets
    where is_complaint
    group by customer_number

),

-- answers to surveys; the later record of two at one moment
answers as (

    select
        handles.customer_number,
        max(responses.answered_date) as last_feedback_date,
        max_by(responses.kind, concat(responses.answered_at, responses.record_key)) as last_feedback_kind,
        max_by(responses.score, concat(responses.answered_at, responses.record_key)) as last_feedback_score,
        max_by(
            responses.text,
            case when responses.text is not null then concat(responses.answered_at, responses.record_key) end
        ) as last_feedback_text
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id
    group by handles.customer_number

),

customer_feedback as (

    select
        coalesce(answers.customer_number, complaints.customer_number) as customer_number,
        answers.last_feedback_date,
        answers.last_feedback_kind,
        answers.last_feedback_score,
        answers.last_feedback_text,
        complaints.last_complaint_date,
        complaints.last_complaint_topic,
        complaints.open_complaint_since_date
    from answers
    full outer join complaints
        on answers.customer_number = complaints.customer_number

)

select * from customer_feedback
