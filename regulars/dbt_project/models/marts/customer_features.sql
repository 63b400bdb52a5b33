with

customers_as_of as (

    select
        as_of_dates.as_of_date,
        handles.customer_id
    from {{ ref('int_customer_handles') }} as handles
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on coalesce(handles.first_seen_date, as_of_dates.as_of_date) <= as_of_dates.as_of_date
    group by as_of_dates.as_of_date, handles.customer_id

),

activity as (

    select
        *,
        {{ ratio('order_gap_sum_days', 'order_gap_count') }} as order_gap_mean_days,
        greatest(
            weekday_1_order_count_365d, weekday_2_order_count_365d, weekday_3_order_count_365d,
            weekday_4_order_count_365d, weekday_5_order_count_365d, weekday_6_order_count_365d,
            weekday_7_order_count_365d
        ) as favourite_weekday_order_count_365d
    from {{ ref('int_customer_activity_windowed') }}

),

categories as (

    select * from {{ ref('int_customer_categories_windowed') }}

),

{#- counts are 0 and amounts 0 for a customer without activity #}
{%- set counts = [
    'order_count_7d', 'order_count_30d', 'order_count_90d', 'order_count_365d', 'order_count',
    'order_day_count_90d', 'order_day_count_365d', 'line_count_90d', 'line_count_365d',
    'discounted_order_count_365d', 'coupon_order_count_365d', 'gift_order_count_365d',
    'messages_sent_30d', 'messages_sent_90d', 'messages_sent_365d',
    'messages_redeemed_30d', 'messages_redeemed_90d', 'messages_redeemed_365d',
    'messages_opened_90d', 'messages_clicked_90d',
    'event_count_30d', 'event_count_365d', 'ticket_count_90d', 'ticket_count_365d', 'complaint_count_90d',
] %}
{%- set amounts = [
    'order_amount_7d', 'order_amount_30d', 'order_amount_90d', 'order_amount_365d', 'order_amount',
    'discount_amount_90d', 'discount_amount_365d', 'refunded_amount_365d',
] %}

features as (

    select
        customers_as_of.as_of_date,
        customers_as_of.customer_id,
        activity.days_since_first_order,
        activity.days_since_last_order,
        activity.days_since_last_activity,
        {%- for count in counts %}
        cast(coalesce(activity.{{ count }}, 0) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        {{ money('activity.' ~ amount) }} as {{ amount }},
        {%- endfor %}
        cast(coalesce(activity.unit_count_365d, 0) as decimal(18, 4)) as unit_count_365d,
        cast(coalesce(activity.returned_unit_count_365d, 0) as decimal(18, 4)) as returned_unit_count_365d,
        cast(activity.largest_order_amount_365d as decimal(18, 4)) as largest_order_amount_365d,
        cast({{ ratio('activity.order_amount_90d', 'activity.order_count_90d') }} as decimal(18, 4))
            as average_order_amount_90d,
        cast({{ ratio('activity.order_amount_365d', 'activity.order_count_365d') }} as decimal(18, 4))
            as average_order_amount_365d,
        {{ ratio('activity.line_count_365d', 'activity.order_count_365d') }} as lines_per_order_365d,
        {{ ratio('activity.discount_amount_90d', 'activity.order_amount_90d + activity.discount_amount_90d') }}
            as discount_share_90d,
        {{ ratio('activity.discount_amount_365d', 'activity.order_amount_365d + activity.discount_amount_365d') }}
            as discount_share_365d,
        {{ ratio('activity.discounted_order_count_365d', 'activity.order_count_365d') }}
            as discounted_order_share_365d,
        {{ ratio('activity.refunded_amount_365d', 'activity.order_amount_365d') }} as refund_share_365d,
        activity.order_gap_mean_days,
        case
            when activity.order_gap_count > 1
                then round(
                    sqrt(
                        cast(
                            activity.order_gap_count * activity.order_gap_square_sum
                            - activity.order_gap_sum_days * activity.order_gap_sum_days as double
                        ) / cast(activity.order_gap_count * (activity.order_gap_count - 1) as double)
                    ), 6
                )
        end as order_gap_stddev_days,
        {{ ratio('activity.days_since_last_order * activity.order_gap_count', 'activity.order_gap_sum_days') }}
            as overdue_ratio,
        {{ ratio('6 * activity.order_amount_30d', 'activity.order_amount_preceding_180d') }} as order_amount_trend,
        {{ ratio('6 * activity.order_count_30d', 'activity.order_count_preceding_180d') }} as order_count_trend,
        {{ ratio(
            'activity.weekday_6_order_count_365d + activity.weekday_7_order_count_365d', 'activity.order_count_365d'
        ) }} as weekend_order_share_365d,
        case
            when activity.order_count_365d = 0 then null
            {%- for weekday in range(1, 8) %}
            when activity.weekday_{{ weekday }}_order_count_365d = activity.favourite_weekday_order_count_365d
                then {{ weekday }}
            {%- endfor %}
        end as favourite_weekday,
        {{ ratio('activity.favourite_weekday_order_count_365d', 'activity.order_count_365d') }}
            as favourite_weekday_share_365d,
        categories.top_category,
        {{ ratio('categories.top_category_amount_365d', 'categories.line_amount_365d') }} as top_category_share_365d,
        categories.second_category,
        cast(coalesce(categories.category_count_365d, 0) as bigint) as category_count_365d,
        activity.days_since_last_message,
        activity.days_since_last_redemption,
        {{ ratio('activity.messages_redeemed_365d', 'activity.messages_sent_365d') }} as redemptions_per_message_365d,
        activity.days_since_last_event
    from customers_as_of
    left join activity
        on
            customers_as_of.as_of_date = activity.as_of_date
            and customers_as_of.customer_id = activity.customer_id
    left join categories
        on
            customers_as_of.as_of_date = categories.as_of_date
            and customers_as_of.customer_id = categories.customer_id

)

select * from features
