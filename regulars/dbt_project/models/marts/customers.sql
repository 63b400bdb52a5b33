{#- how old the newest of each group of fields is; what of it is stale no rule should rely on -#}
{%- set own_acts = [
    'features.days_since_last_order', 'features.days_since_last_event', 'features.days_since_last_opening',
    'features.days_since_last_click', 'features.days_since_last_redemption', 'features.days_since_last_ticket',
    'features.days_since_last_survey_response',
] %}
{%- set stated_channel = 'case when not ' ~ is_refused('stated.preferred_channel') ~ ' then stated.preferred_channel end' %}
{%- set field_ages = {
    'contact': days_between('records.changed_date', 'night.as_of_date'),
    'behaviour': 'least(' ~ own_acts | join(', ') ~ ')',
    'feedback': 'least(features.days_since_last_survey_response, features.days_since_last_ticket)',
    'preference': 'features.days_since_last_stated_preference',
    'consent': days_between(local_date('standings.last_consent_at', 'night.time_zone'), 'night.as_of_date'),
} %}

with

night as (

    select * from {{ ref('stg_night') }}

),

records as (

    select * from {{ ref('int_customer_records') }}

),

features as (

    select * from {{ ref('customer_features') }}

),

customers as (

    select
        features.customer_id,
        contacts.customer_ref,
        contacts.source,
        contacts.email,
        contacts.phone,
        names.name,
        records.first_name,
        records.last_name,
        records.country,
        records.language,
        records.postal_code,
        records.attributes,
        {{ masked_email('contacts.email') }} as masked_email,
        {{ masked_phone('contacts.phone') }} as masked_phone,
        records.time_zone,
        {{ days_until_anniversary('records.birth_date', 'night.as_of_date') }} as days_until_birthday,
        standings.lifecycle_stage,
        standings.segments,
        standings.first_seen_date,
        standings.first_order_date,
        standings.last_order_date,
        coalesce({{ stated_channel }}, {{ inferred_channel() }}) as preferred_channel,
        case
            when {{ stated_channel }} is not null then 'stated'
            when {{ inferred_channel() }} is not null then 'inferred'
        end as preferred_channel_by,
        habits.preferred_hour,
        best_hours.best_hour,
        stated.contact_frequency,
        coalesce(stated.favourite_category, features.top_category) as favourite_category,
        case
            when stated.favourite_category is not null then 'stated'
            when features.top_category is not null then 'inferred'
        end as favourite_category_by,
        brands.favourite_brand,
        case
            when features.order_count_365d < 3 then null
            when features.discounted_order_share_365d >= 0.6667 then 'high'
            when features.discounted_order_share_365d >= 0.3333 then 'medium'
            else 'low'
        end as price_sensitivity,
        case
            when features.order_count_365d < 8 then null
            when features.weekend_order_share_365d >= 0.6 then 'weekend'
            when features.weekend_order_share_365d <= 0.05 then 'weekday'
            else 'any day'
        end as shopping_days,
        case
            when features.mobile_visit_share_90d >= 0.5 then 'mobile'
            when features.mobile_visit_share_90d < 0.5 then 'other'
        end as usual_device,
        features.gift_order_count_365d > 0 as is_gift_buyer,
        feedback.last_feedback_date,
        feedback.last_feedback_kind,
        feedback.last_feedback_score,
        feedback.last_feedback_text,
        feedback.last_feedback_text_date,
        feedback.last_complaint_date,
        feedback.last_complaint_topic,
        feedback.open_complaint_since_date,
        standings.permissions,
        standings.refusals,
        standings.patterns,
        {%- for group, age in field_ages.items() %}
        {{ age }} as {{ group }}_age_days,
        {%- endfor %}
        {{ stale_groups(field_ages) }} as stale_field_groups,
        {%- for feature in feature_columns() %}
        features.{{ feature }},
        {%- endfor %}
        night.as_of_date as data_as_of
    from features
    cross join night
    inner join {{ ref('int_customer_standings') }} as standings
        on features.customer_id = standings.customer_id
    inner join {{ ref('int_customer_contacts') }} as contacts
        on features.customer_id = contacts.customer_id
    left join records
        on features.customer_id = records.customer_id
    left join {{ ref('int_customer_names') }} as names
        on features.customer_id = names.customer_id
    left join {{ ref('int_stated_preferences') }} as stated
        on standings.customer_number = stated.customer_number
    left join {{ ref('int_customer_habits') }} as habits
        on standings.customer_number = habits.customer_number
    left join {{ ref('int_customer_best_hours') }} as best_hours
        on standings.customer_number = best_hours.customer_number
    left join {{ ref('int_customer_brands') }} as brands
        on standings.customer_number = brands.customer_number
    left join {{ ref('int_customer_feedback') }} as feedback
        on standings.customer_number = feedback.customer_number
)

select * from customers
