with

-- tonight's, by key
stated_preferences as (

    select
        preferences.customer_number,
        max(case when preferences.preference_key = 'preferred_channel' then channels.channel end) as preferred_channel,
        max(case when preferences.preference_key = 'favourite_category' then preferences.preference_value end)
            as favourite_category,
        max(case when preferences.preference_key = 'contact_frequency' then preferences.preference_value end)
            as contact_frequency
    from {{ ref('int_customer_preferences_windowed') }} as preferences
    inner join {{ ref('stg_night') }} as night
        on preferences.as_of_date = night.as_of_date
    -- what is no channel of the store can be nobody's favourite
    left join {{ ref('stg_channels') }} as channels
        on lower(preferences.preference_value) = channels.channel
    group by preferences.customer_number

)

select * from stated_preferences
