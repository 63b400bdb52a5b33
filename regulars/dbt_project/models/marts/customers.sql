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
        min(first_seen_date) as first_seen_date
    from {{ ref('int_customer_handles') }}
    group by customer_id

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
        customer_segments.lifecycle_stage,
        customer_segments.segments,
        handles.first_seen_date,
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
    inner join handles
        on identified_customers.customer_id = handles.customer_id
    left join accounts
        on
            identified_customers.customer_id = accounts.customer_id
            and accounts.account_rank = 1
    left join records
        on identified_customers.customer_id = records.customer_id
    left join customer_segments
        on identified_customers.customer_id = customer_segments.customer_id
    left join order_spans
        on identified_customers.customer_id = order_spans.customer_id

)

select * from customers
