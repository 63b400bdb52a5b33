{{ config(materialized='view') }}
{#- counts are 0 and amounts 0 for a customer without such facts, and ages unknown #}
{%- set features_of = {
    'orders': {
        'counts': [
            'order_count_7d', 'order_count_30d', 'order_count_90d', 'order_count_180d',
            'order_count_365d', 'order_count', 'line_count_90d', 'line_count_365d',
            'discounted_order_count_90d', 'discounted_order_count_365d', 'coupon_order_count_90d',
            'coupon_order_count_365d', 'gift_order_count_365d',
        ],
        'amounts': [
            'order_amount_7d', 'order_amount_30d', 'order_amount_90d', 'order_amount_180d',
            'order_amount_365d', 'order_amount', 'discount_amount_90d', 'discount_amount_365d',
            'refunded_amount_90d', 'refunded_amount_365d', 'unit_count_90d', 'unit_count_365d',
            'returned_unit_count_365d',
        ],
        'ages': [
            'days_since_first_order', 'days_since_last_order',
        ],
    },
    'dates': {
        'counts': [
            'order_day_count_90d', 'order_day_count_365d', 'abandoned_cart_day_count_7d',
            'abandoned_cart_day_count_30d', 'abandoned_cart_day_count_90d',
        ],
        'ages': [
            'days_since_abandoned_cart',
        ],
    },
    'events': {
        'counts': [
            'event_count_7d', 'event_count_30d', 'event_count_90d', 'event_count_365d',
            'visit_count_7d', 'visit_count_30d', 'visit_count_90d', 'visit_count_365d',
            'sign_in_count_30d', 'sign_in_count_90d', 'product_view_count_7d',
            'product_view_count_30d', 'product_view_count_90d', 'product_view_count_365d',
            'search_count_30d', 'search_count_90d', 'pricing_view_count_7d',
            'pricing_view_count_30d', 'pricing_view_count_90d', 'feature_use_count_7d',
            'feature_use_count_30d', 'feature_use_count_90d', 'cart_add_count_7d',
            'cart_add_count_30d', 'cart_add_count_90d', 'checkout_count_30d', 'checkout_count_90d',
            'cancellation_view_count_30d', 'cancellation_view_count_90d',
        ],
        'ages': [
            'days_since_last_event', 'days_since_last_product_view', 'days_since_last_pricing_view',
            'days_since_last_feature_use', 'days_since_last_cart_add',
        ],
    },
    'products': {
        'counts': [
            'most_viewed_product_view_count_7d',
        ],
        'ages': [],
    },
    'messages': {
        'counts': [
            'messages_sent_7d', 'messages_sent_30d', 'messages_sent_90d', 'messages_sent_365d',
            'messages_opened_30d', 'messages_opened_90d', 'messages_opened_365d',
            'messages_clicked_30d', 'messages_clicked_90d', 'messages_clicked_365d',
            'messages_redeemed_30d', 'messages_redeemed_90d', 'messages_redeemed_365d',
            'messages_bounced_365d', 'messages_refused_365d', 'emails_sent_90d',
            'emails_clicked_90d', 'sms_sent_90d', 'sms_clicked_90d', 'pushes_sent_90d',
            'pushes_clicked_90d',
        ],
        'ages': [
            'days_since_last_message', 'days_since_last_opening', 'days_since_last_click',
            'days_since_last_redemption',
        ],
    },
    'tickets': {
        'counts': [
            'ticket_count_30d', 'ticket_count_90d', 'ticket_count_365d', 'complaint_count_30d',
            'complaint_count_90d', 'complaint_count_365d', 'open_ticket_count',
            'open_complaint_count',
        ],
        'ages': [
            'days_since_last_ticket', 'days_since_last_complaint',
        ],
    },
    'survey_responses': {
        'counts': [
            'survey_response_count_90d', 'survey_response_count_365d', 'low_csat_count_90d',
        ],
        'ages': [
            'days_since_last_survey_response', 'days_since_last_nps', 'days_since_last_csat',
            'days_since_last_ces',
        ],
    },
    'subscriptions': {
        'counts': [],
        'ages': [
            'days_since_subscription_start',
        ],
    },
    'sign_ups': {
        'counts': [],
        'ages': [
            'days_since_sign_up',
        ],
    },
} %}

with

as_of_dates as (

    select
        as_of_date,
        max(as_of_date) over () as newest_date
    from {{ ref('int_as_of_dates') }}

),

-- whom only records without a date know is known tonight, and nobody can say since when
customers as (

    select
        customer_id,
        customer_number,
        min(case when first_seen_date is not null then linked_date end) as known_date
    from {{ ref('int_customer_handles') }}
    group by customer_id, customer_number

),

customers_as_of as (

    select
        as_of_dates.as_of_date,
        customers.customer_id,
        customers.customer_number
    from customers
    inner join as_of_dates
        on coalesce(customers.known_date, as_of_dates.newest_date) <= as_of_dates.as_of_date

),

orders as (

    select
        *,
        greatest(
            weekday_1_order_count_365d, weekday_2_order_count_365d, weekday_3_order_count_365d,
            weekday_4_order_count_365d, weekday_5_order_count_365d, weekday_6_order_count_365d,
            weekday_7_order_count_365d
        ) as favourite_weekday_order_count_365d
    from {{ ref('int_customer_orders_windowed') }}

),

dates as (

    select
        *,
        {{ ratio('order_gap_sum_days', 'order_gap_count') }} as order_gap_mean_days
    from {{ ref('int_customer_dates_windowed') }}

),

preferences as (

    select
        as_of_date,
        customer_number,
        count(*) as stated_preference_count,
        min({{ days_between('stated_date', 'as_of_date') }}) as days_since_last_stated_preference
    from {{ ref('int_customer_preferences_windowed') }}
    group by as_of_date, customer_number

),

features as (

    select
        customers_as_of.as_of_date,
        customers_as_of.customer_id,
        {%- for source, kinds in features_of.items() %}
        {%- for feature in kinds.counts %}
        cast(coalesce({{ source }}.{{ feature }}, 0) as bigint) as {{ feature }},
        {%- endfor %}
        {%- for feature in kinds.get('amounts', []) %}
        {{ money(source ~ '.' ~ feature) }} as {{ feature }},
        {%- endfor %}
        {%- for feature in kinds.ages %}
        {{ source }}.{{ feature }},
        {%- endfor %}
        {%- endfor %}
        least(
            orders.days_since_last_order, events.days_since_last_event, messages.days_since_last_message,
            tickets.days_since_last_ticket, survey_responses.days_since_last_survey_response
        ) as days_since_last_activity,
        cast(orders.largest_order_amount_365d as decimal(18, 4)) as largest_order_amount_365d,
        {%- for days in [90, 365] %}
        cast({{ ratio('orders.order_amount_' ~ days ~ 'd', 'orders.order_count_' ~ days ~ 'd') }} as decimal(18, 4))
            as average_order_amount_{{ days }}d,
        {{ ratio(
            'orders.discount_amount_' ~ days ~ 'd',
            'orders.order_amount_' ~ days ~ 'd + orders.discount_amount_' ~ days ~ 'd'
        ) }} as discount_share_{{ days }}d,
        {%- endfor %}
        {{ ratio('orders.line_count_365d', 'orders.order_count_365d') }} as lines_per_order_365d,
        {{ ratio('orders.discounted_order_count_365d', 'orders.order_count_365d') }} as discounted_order_share_365d,
        {{ ratio('orders.refunded_amount_365d', 'orders.order_amount_365d') }} as refund_share_365d,
        dates.order_gap_mean_days,
        case
            when dates.order_gap_count > 1
                then round(
                    sqrt(
                        cast(
                            dates.order_gap_count * dates.order_gap_square_sum
                            - dates.order_gap_sum_days * dates.order_gap_sum_days as double
                        ) / cast(dates.order_gap_count * (dates.order_gap_count - 1) as double)
                    ), 6
                )
        end as order_gap_stddev_days,
        {{ ratio('orders.days_since_last_order * dates.order_gap_count', 'dates.order_gap_sum_days') }}
            as overdue_ratio,
        {{ ratio('6 * orders.order_amount_30d', 'orders.order_amount_preceding_180d') }} as order_amount_trend,
        {{ ratio('6 * orders.order_count_30d', 'orders.order_count_preceding_180d') }} as order_count_trend,
        {{ ratio(
            'orders.weekday_6_order_count_365d + orders.weekday_7_order_count_365d', 'orders.order_count_365d'
        ) }} as weekend_order_share_365d,
        case
            when orders.order_count_365d = 0 then null
            {%- for weekday in range(1, 8) %}
            when orders.weekday_{{ weekday }}_order_count_365d = orders.favourite_weekday_order_count_365d
                then {{ weekday }}
            {%- endfor %}
        end as favourite_weekday,
        {{ ratio('orders.favourite_weekday_order_count_365d', 'orders.order_count_365d') }}
            as favourite_weekday_share_365d,
        categories.top_category,
        {{ ratio('categories.top_category_amount_365d', 'categories.line_amount_365d') }} as top_category_share_365d,
        categories.second_category,
        cast(coalesce(categories.category_count_365d, 0) as bigint) as category_count_365d,
        {{ ratio('3 * events.visit_count_30d', 'events.visit_count_preceding_90d') }} as visit_trend,
        {{ ratio('events.mobile_visit_count_90d', 'events.visit_count_90d') }} as mobile_visit_share_90d,
        {{ ratio('messages.messages_clicked_90d', 'messages.messages_sent_90d') }} as clicks_per_message_90d,
        {{ ratio('messages.messages_redeemed_365d', 'messages.messages_sent_365d') }} as redemptions_per_message_365d,
        {{ ratio('tickets.solving_seconds_365d', '3600 * tickets.solved_ticket_count_365d') }}
            as solving_hours_mean_365d,
        {%- for kind in ['nps', 'csat', 'ces'] %}
        survey_responses.last_{{ kind }}_score,
        {%- endfor %}
        cast(coalesce(preferences.stated_preference_count, 0) as bigint) as stated_preference_count,
        preferences.days_since_last_stated_preference
    from customers_as_of
    {%- for source, relation in {
        'orders': 'orders',
        'dates': 'dates',
        'categories': ref('int_customer_categories_windowed'),
        'events': ref('int_customer_events_windowed'),
        'products': ref('int_customer_products_windowed'),
        'messages': ref('int_customer_messages_windowed'),
        'tickets': ref('int_customer_tickets_windowed'),
        'survey_responses': ref('int_customer_survey_responses_windowed'),
        'preferences': 'preferences',
        'subscriptions': ref('int_customer_subscriptions_windowed'),
        'sign_ups': ref('int_customer_sign_ups_windowed'),
    }.items() %}
    left join {{ relation }} as {{ source }}
        on
            customers_as_of.as_of_date = {{ source }}.as_of_date
            and customers_as_of.customer_number = {{ source }}.customer_number
    {%- endfor %}

)

select * from features
