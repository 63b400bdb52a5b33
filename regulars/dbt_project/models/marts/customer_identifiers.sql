with

-- nothing is merged yet: every identifier is a customer of its own
customer_identifiers as (

    select
        {{ customer_id_of('source', 'identifier_kind', 'identifier') }} as customer_id,
        source,
        identifier_kind,
        identifier,
        first_seen_date
    from {{ ref('int_identifiers') }}

)

select * from customer_identifiers
