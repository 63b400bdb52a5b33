{%- set kinds = ['nps', 'csat', 'ces'] %}

with

responses as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        {{ days_between('responses.answered_date', 'as_of_dates.as_of_date') }} as age_days,
        responses.kind,
        responses.score,
        -- the smallest of several at one moment
        row_number() over (
            partition by as_of_dates.as_of_date, handles.customer_number, responses.kind
            order by responses.answered_at desc, responses.score asc, responses.record_key asc
        ) as recency_rank
    from {{ ref('stg_survey_responses') }} as responses
    inner join {{ ref('int_customer_handles') }} as handles
        on responses.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(responses.answered_date, handles.linked_date)', 'as_of_dates.as_of_date') }}

),

customer_responses as (

    select
        as_of_date,
        customer_number,
        {%- for days in [90, 365] %}
        {{ sum_within('1', days) }} as survey_response_count_{{ days }}d,
        {%- endfor %}
        {%- for kind in kinds %}
        max(case when kind = '{{ kind }}' and recency_rank = 1 then score end) as last_{{ kind }}_score,
        min(case when kind = '{{ kind }}' then age_days end) as days_since_last_{{ kind }},
        {%- endfor %}
        {{ sum_within("case when kind = 'csat' and score <= 2 then 1 else 0 end", 90) }} as low_csat_count_90d,
        min(age_days) as days_since_last_survey_response
    from responses
    group by as_of_date, customer_number

)

select * from customer_responses
