with

customer_identifiers as (

    select
        customer_id,
        source,
        identifier_kind,
        identifier,
        first_seen_date,
        {{ node_of('identifier_kind', 'source', 'identifier') }} as node_id
    from {{ source('previous', 'customer_identifiers') }}

)

select * from customer_identifiers
