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

identified_customers as (

    select
        customer_id,
        min(source) as source,
        min(case when identifier_kind = 'account' then identifier end) as customer_ref,
        min(case when identifier_kind = 'email' then identifier end) as email,
        min(case when identifier_kind = 'phone' then identifier end) as phone,
        min(first_seen_date) as first_seen_date
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
        coalesce(identified_customers.customer_ref, records.customer_ref) as customer_ref,
        identified_customers.source,
        coalesce(records.email, identified_customers.email) as email,
        coalesce(records.phone, identified_customers.phone) as phone,
        records.first_name,
        records.last_name,
        records.country,
        records.language,
        records.postal_code,
        records.attributes,
        customer_segments.lifecycle_stage,
        customer_segments.segments,
        identified_customers.first_seen_date,
        order_spans.first_order_date,
        order_spans.last_order_date,
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
    left join records
        on identified_customers.customer_id = records.customer_id
    left join customer_segments
        on identified_customers.customer_id = customer_segments.customer_id
    left join order_spans
        on identified_customers.customer_id = order_spans.customer_id

)

select * from customers
