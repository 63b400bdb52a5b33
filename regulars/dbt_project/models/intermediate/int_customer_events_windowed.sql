{%- set windows = {
    'event_count': [7, 30, 90, 365],
    'visit_count': [7, 30, 90, 365, 'preceding_90'],
    'mobile_visit_count': [90],
    'product_view_count': [7, 30, 90, 365],
    'search_count': [30, 90],
    'cart_add_count': [7, 30, 90],
    'checkout_count': [30, 90],
    'pricing_view_count': [7, 30, 90],
    'cancellation_view_count': [30, 90],
    'feature_use_count': [7, 30, 90],
    'sign_in_count': [30, 90],
} %}
{%- set acts = {
    'event': 'event_count > 0',
    'product_view': 'product_view_count > 0',
    'cart_add': 'cart_add_count > 0',
    'pricing_view': 'pricing_view_count > 0',
    'feature_use': 'feature_use_count > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
event_days as (

    {{ days_of_customers('event', windows, acts) }}

),

ages as (

    {{ ages() }}

),

aged_days as (

    select *
    from event_days
    inner join ages
        on
            event_days.active_date = ages.aged_date
            and {{ is_known_on('event_days.known_date', 'ages.as_of_date') }}

),

customer_events as (

    select
        as_of_date,
        customer_number,
        {{- sums_within(windows) }}
        {{- days_since(acts) }}
    from aged_days
    group by as_of_date, customer_number

)

select * from customer_events
