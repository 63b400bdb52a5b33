-- depends_on: {{ ref('int_as_of_dates') }}
{#- of the weeks before the as-of days alone, as literals, because only a literal reaches the scan of the events #}
{%- set weeks = [] %}
{%- for as_of_date in as_of_dates() %}
{%- do weeks.append(
    '(occurred_at >= ' ~ days_later(as_of_date, -8) ~ ' and occurred_at < ' ~ days_later(as_of_date, 3)
    ~ ' and event_date >= ' ~ days_later(as_of_date, -6) ~ ' and event_date <= ' ~ as_of_date ~ ')'
) %}
{%- endfor %}

with

identified_events as (

    {{ identified_events(
        '(' ~ weeks | join(' or ') ~ ')', "event_type = 'product_viewed' and product_ref is not null"
    ) }}

),

product_days as (

    select
        handle_id,
        event_date,
        source,
        product_ref,
        count(*) as view_count
    from identified_events
    group by handle_id, event_date, source, product_ref

),

ages as (

    {{ ages() }}

),

viewed_products as (

    select
        ages.as_of_date,
        handles.customer_number,
        sum(product_days.view_count) as view_count
    from product_days
    inner join {{ ref('int_customer_handles') }} as handles
        on product_days.handle_id = handles.handle_id
    inner join ages
        on
            product_days.event_date = ages.aged_date
            and {{ is_known_on('handles.linked_date', 'ages.as_of_date') }}
    where ages.age_days < 7
    group by ages.as_of_date, handles.customer_number, product_days.source, product_days.product_ref

),

customer_products as (

    select
        as_of_date,
        customer_number,
        max(view_count) as most_viewed_product_view_count_7d
    from viewed_products
    group by as_of_date, customer_number

)

select * from customer_products
