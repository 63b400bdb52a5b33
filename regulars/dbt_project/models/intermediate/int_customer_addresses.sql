{{ config(materialized='view') }}

with

addresses as (

    select distinct
        handles.customer_id,
        uses.node_id
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_customer_handles') }} as handles
        on uses.handle_id = handles.handle_id
    inner join {{ ref('int_identifiers') }} as identifiers
        on uses.node_id = identifiers.node_id
    where
        uses.identifier_kind in ('email', 'phone')
        and coalesce(identifiers.set_aside_because, '') not in ('placeholder', 'too_long')

)

select * from addresses
