-- depends_on: {{ ref('stg_night') }}, {{ ref('stg_touched_days') }}, {{ ref('stg_files') }}, {{ ref('int_orders') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='active_date',
        on_schema_change='fail',
        pre_hook="{{ forget_stale_days(rebuild_when_loaded='products') }}"
    )
}}
{%- set missing_at = earliest_missing_at(rebuild_when_loaded='products') %}

with

products as (

    select * from {{ ref('stg_products') }}

),

lines as (

    select * from {{ ref('int_order_lines') }}
    where handle_id is not null and {{ is_missing('line_date', 'occurred_at', missing_at) }}

),

-- lines without a category stay, so that shares are of the whole
customer_category_days as (

    select
        lines.handle_id,
        products.category,
        lines.line_date as active_date,
        cast(count(*) as bigint) as line_count,
        cast(sum(lines.quantity) as decimal(18, 4)) as unit_count,
        cast(sum(lines.returned_quantity) as decimal(18, 4)) as returned_unit_count,
        cast(sum(lines.amount) as decimal(18, 4)) as line_amount,
        cast(sum(lines.discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(case when lines.is_spanning then 1 else 0 end) as bigint) as spanning_row_count,
        cast({{ built_file_id() }} as bigint) as built_file_id
    from lines
    left join products
        on
            lines.source = products.source
            and lines.product_ref = products.product_ref
    group by lines.handle_id, products.category, lines.line_date

)

select * from customer_category_days
