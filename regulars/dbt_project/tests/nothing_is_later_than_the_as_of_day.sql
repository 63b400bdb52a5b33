-- No fact is later than the as-of day. Staging alone enforces it; here is the evidence that nothing slipped past.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

with

night as (

    select * from {{ ref('stg_night') }}

),

days_of_facts as (

    select max(order_date) as fact_date from {{ ref('orders') }}
    union all
    select max(active_date) as fact_date from {{ ref('customer_days') }}
    union all
    select max(active_date) as fact_date from {{ ref('customer_category_days') }}
    union all
    select max(sent_date) as fact_date from {{ ref('customer_touchpoints') }}
    union all
    select max(first_seen_date) as fact_date from {{ ref('customer_identifiers') }}
    union all
    select max(coalesce(exited_date, entered_date)) as fact_date from {{ ref('customer_segment_history') }}

),

late_facts as (

    select days_of_facts.fact_date
    from days_of_facts
    cross join night
    where days_of_facts.fact_date > night.as_of_date

)

select * from late_facts
