with

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

records as (

    select * from {{ ref('stg_customers') }}

),

records_newest_first as (

    select
        identifiers.customer_id,
        identifiers.source,
        records.customer_ref,
        records.email,
        records.phone,
        records.first_name,
        records.last_name,
        records.birth_date,
        records.postal_code,
        records.country,
        records.language,
        records.time_zone,
        records.attributes,
        row_number() over (
            partition by identifiers.customer_id
            order by records.updated_at desc nulls last, records.source asc, records.record_key asc
        ) as recency_rank
    from identifiers
    inner join records
        on
            identifiers.source = records.source
            and identifiers.identifier_kind = records.identifier_kind
            and identifiers.identifier = records.identifier

),

newest_records as (

    select
        customer_id,
        source,
        customer_ref,
        email,
        phone,
        first_name,
        last_name,
        birth_date,
        postal_code,
        country,
        language,
        time_zone,
        attributes
    from records_newest_first
    where recency_rank = 1

)

select * from newest_records
