with

night as (

    select * from {{ ref('stg_night') }}

),

-- of two statements at one moment the one that comes later in the alphabet
statements as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        preferences.preference_key,
        preferences.preference_value,
        preferences.stated_date,
        coalesce(
            {{ local_date('preferences.expires_at', 'night.time_zone') }},
            {{ days_later('preferences.stated_date', 'night.preference_days') }}
        ) as expires_date,
        row_number() over (
            partition by as_of_dates.as_of_date, handles.customer_number, preferences.preference_key
            order by preferences.stated_at desc, preferences.preference_value desc
        ) as recency_rank
    from {{ ref('stg_preferences') }} as preferences
    cross join night
    inner join {{ ref('int_customer_handles') }} as handles
        on preferences.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(preferences.stated_date, handles.linked_date)', 'as_of_dates.as_of_date') }}

),

customer_preferences as (

    select
        as_of_date,
        customer_number,
        preference_key,
        preference_value,
        stated_date,
        expires_date
    from statements
    where recency_rank = 1 and expires_date > as_of_date

)

select * from customer_preferences
