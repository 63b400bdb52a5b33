{{ config(materialized='view') }}
{%- set counts = [
    'event_count', 'visit_count', 'mobile_visit_count', 'product_view_count', 'search_count',
    'cart_add_count', 'checkout_count', 'pricing_view_count', 'cancellation_view_count',
    'feature_use_count', 'sign_in_count',
] %}
{%- set ages = {
    'days_since_last_event': 'event_count > 0',
    'days_since_last_product_view': 'product_view_count > 0',
    'days_since_last_cart_add': 'cart_add_count > 0',
    'days_since_last_pricing_view': 'pricing_view_count > 0',
    'days_since_last_feature_use': 'feature_use_count > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
aged_days as (

    {{ aged_days(['event'], counts) }}

),

days_by_window as (

    {% call days_by_window(counts, ages) %}
        {{ count_sum('case when age_days between 30 and 119 then visit_count else 0 end') }} as visit_count_preceding_90d,
    {%- endcall %}

),

customer_events as (

    select
        as_of_date,
        customer_number,
        {{- sums_within({
            'event_count': [7, 30, 90, 365],
            'visit_count': [7, 30, 90, 365],
            'mobile_visit_count': [90],
            'product_view_count': [7, 30, 90, 365],
            'search_count': [30, 90],
            'cart_add_count': [7, 30, 90],
            'checkout_count': [30, 90],
            'pricing_view_count': [7, 30, 90],
            'cancellation_view_count': [30, 90],
            'feature_use_count': [7, 30, 90],
            'sign_in_count': [30, 90],
        }) }}
        sum(visit_count_preceding_90d) as visit_count_preceding_90d,
        {%- for age in ages %}
        min({{ age }}) as {{ age }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days_by_window
    group by as_of_date, customer_number

)

select * from customer_events
