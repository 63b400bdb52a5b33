with

night as (

    select * from {{ ref('stg_night') }}

),

preferences as (

    select * from {{ source('landing', 'preferences') }}

),

preferences_so_far as (

    select
        preferences.source,
        preferences.record_key,
        {{ row_place('preferences') }} as row_place,
        preferences.customer_ref,
        {{ clean_email('preferences.email') }} as email,
        preferences.key as preference_key,
        preferences.value as preference_value,
        preferences.stated_at,
        preferences.expires_at,
        {{ local_date('preferences.stated_at', 'night.time_zone') }} as stated_date
    from preferences
    cross join night
    where {{ is_known('preferences.stated_at') }}

),

identified_preferences as (

    select
        *,
        {{ handle_of(['customer_ref', 'email']) }} as handle_id
    from preferences_so_far

)

select * from identified_preferences
