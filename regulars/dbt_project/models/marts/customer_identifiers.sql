with

customer_identifiers as (

    select
        customers.customer_id,
        identifiers.source,
        identifiers.identifier_kind,
        identifiers.identifier,
        identifiers.first_seen_date,
        identifiers.fact_count
    from {{ ref('int_identifier_clusters') }} as identifiers
    inner join {{ ref('int_customer_clusters') }} as customers
        on identifiers.cluster_id = customers.cluster_id

)

select * from customer_identifiers
