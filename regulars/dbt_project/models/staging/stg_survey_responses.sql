with

night as (

    select * from {{ ref('stg_night') }}

),

survey_responses as (

    select * from {{ source('landing', 'survey_responses') }}

),

survey_responses_so_far as (

    select
        survey_responses.source,
        survey_responses.record_key,
        {{ row_place('survey_responses') }} as row_place,
        survey_responses.response_ref,
        survey_responses.customer_ref,
        {{ clean_email('survey_responses.email') }} as email,
        survey_responses.kind,
        case
            when
                case survey_responses.kind
                    when 'nps' then survey_responses.score between 0 and 10
                    when 'csat' then survey_responses.score between 1 and 5
                    when 'ces' then survey_responses.score between 1 and 7
                    else true
                end
                then survey_responses.score
        end as score,
        survey_responses.text,
        survey_responses.answered_at,
        survey_responses.about_ref,
        {{ local_date('survey_responses.answered_at', 'night.time_zone') }} as answered_date
    from survey_responses
    cross join night
    where {{ is_known('survey_responses.answered_at') }}

),

identified_survey_responses as (

    select
        *,
        {{ handle_of(['customer_ref', 'email']) }} as handle_id
    from survey_responses_so_far

)

select * from identified_survey_responses
