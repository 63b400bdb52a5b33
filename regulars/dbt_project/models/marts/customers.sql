{#- how old the newest of each group of fields is; what of it is stale no rule should rely on -#}
{%- set own_acts = [
    'features.days_since_last_order', 'features.days_since_last_event', 'features.days_since_last_opening',
    'features.days_since_last_click', 'features.days_since_last_redemption', 'features.days_since_last_ticket',
    'features.days_since_last_survey_response',
] %}
{%- set field_ages = {
    'contact': days_between(local_date('records.updated_at', 'night.time_zone'), 'night.as_of_date'),
    'behaviour': 'least(' ~ own_acts | join(', ') ~ ')',
    'feedback': 'least(features.days_since_last_survey_response, features.days_since_last_ticket)',
    'preference': 'features.days_since_last_stated_preference',
    'consent': days_between(local_date('permissions.last_consent_at', 'night.time_zone'), 'night.as_of_date'),
} %}

with

night as (

    select * from {{ ref('stg_night') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

records as (

    select * from {{ ref('int_customer_records') }}

),

features as (

    select * from {{ ref('customer_features') }}

),

-- the account of the system that the store names for it, else of the one that comes first
accounts as (

    select
        identifiers.customer_id,
        identifiers.source,
        identifiers.identifier as customer_ref,
        row_number() over (
            partition by identifiers.customer_id
            order by
                case when identifiers.source = identity.profile_accounts then 0 else 1 end asc,
                {{ identifier_age('identifiers') }}
        ) as account_rank
    from identifiers
    cross join {{ ref('stg_identity') }} as identity
    where identifiers.identifier_kind = 'account'

),

handles as (

    select
        customer_id,
        customer_number,
        min(first_seen_date) as first_seen_date
    from {{ ref('int_customer_handles') }}
    group by customer_id, customer_number

),

permissions as (

    select
        customer_id,
        {{ dbt.listagg("case when status = 'granted' then concat(channel, '/', purpose) end", "', '", 'order by channel, purpose') }}
            as permissions,
        {{ dbt.listagg("case when status in ('denied', 'withdrawn') then concat(channel, '/', purpose) end", "', '", 'order by channel, purpose') }}
            as refusals,
        max(stated_at) as last_consent_at
    from {{ ref('customer_permissions') }}
    group by customer_id

),

-- the patterns of the last 30 days
patterns as (

    select
        patterns.customer_id,
        {{ dbt.listagg('distinct patterns.pattern_id', "','", 'order by patterns.pattern_id') }} as patterns
    from {{ ref('customer_patterns') }} as patterns
    inner join night
        on {{ days_between('patterns.completed_date', 'night.as_of_date') }} < 30
    group by patterns.customer_id

),

identified_customers as (

    select
        customer_id,
        min(case when identifier_kind = 'email' then identifier end) as email,
        min(case when identifier_kind = 'phone' then identifier end) as phone
    from identifiers
    group by customer_id

),

customer_segments as (

    select
        customer_id,
        max(case when kind = 'stage' then segment_id end) as lifecycle_stage,
        {{ dbt.listagg('segment_id', "','", 'order by segment_id') }} as segments
    from {{ ref('customer_segments') }}
    group by customer_id

),

order_spans as (

    select
        customer_id,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from {{ ref('orders') }}
    group by customer_id

),

customers as (

    select
        identified_customers.customer_id,
        accounts.customer_ref,
        accounts.source,
        coalesce(records.email, identified_customers.email) as email,
        coalesce(records.phone, identified_customers.phone) as phone,
        records.first_name,
        records.last_name,
        records.country,
        records.language,
        records.postal_code,
        records.attributes,
        {{ masked_email('coalesce(records.email, identified_customers.email)') }} as masked_email,
        {{ masked_phone('coalesce(records.phone, identified_customers.phone)') }} as masked_phone,
        records.time_zone,
        customer_segments.lifecycle_stage,
        customer_segments.segments,
        handles.first_seen_date,
        order_spans.first_order_date,
        order_spans.last_order_date,
        coalesce(stated.preferred_channel, {{ inferred_channel() }}) as preferred_channel,
        case
            when stated.preferred_channel is not null then 'stated'
            when {{ inferred_channel() }} is not null then 'inferred'
        end as preferred_channel_by,
        habits.preferred_hour,
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
            when features.order_count_365d < 3 then null
            when features.weekend_order_share_365d >= 0.6667 then 'weekend'
            when features.weekend_order_share_365d <= 0.3333 then 'weekday'
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
        feedback.last_complaint_date,
        feedback.last_complaint_topic,
        feedback.open_complaint_since_date,
        permissions.permissions,
        permissions.refusals,
        patterns.patterns,
        {%- for group, age in field_ages.items() %}
        {{ age }} as {{ group }}_age_days,
        {%- endfor %}
        {{ stale_groups(field_ages) }} as stale_field_groups,
        {%- for feature in feature_columns() %}
        features.{{ feature }},
        {%- endfor %}
        night.as_of_date as data_as_of
    from identified_customers
    cross join night
    inner join features
        on
            identified_customers.customer_id = features.customer_id
            and night.as_of_date = features.as_of_date
    inner join handles
        on identified_customers.customer_id = handles.customer_id
    left join accounts
        on
            identified_customers.customer_id = accounts.customer_id
            and accounts.account_rank = 1
    left join {{ ref('int_stated_preferences') }} as stated
        on handles.customer_number = stated.customer_number
    left join {{ ref('int_customer_habits') }} as habits
        on handles.customer_number = habits.customer_number
    left join {{ ref('int_customer_brands') }} as brands
        on handles.customer_number = brands.customer_number
    left join {{ ref('int_customer_feedback') }} as feedback
        on handles.customer_number = feedback.customer_number
    left join permissions
        on identified_customers.customer_id = permissions.customer_id
    left join patterns
        on identified_customers.customer_id = patterns.customer_id
    left join records
        on identified_customers.customer_id = records.customer_id
    left join customer_segments
        on identified_customers.customer_id = customer_segments.customer_id
    left join order_spans
        on identified_customers.customer_id = order_spans.customer_id

)

select * from customers
