with

night as (

    select
        as_of_date,
        as_of_end_at,
        time_zone,
        currency,
        previous_date,
        past_month_ends,
        review_date,
        preference_days,
        timeline_days
    from {{ source('settings', 'night') }}

)

select * from night
