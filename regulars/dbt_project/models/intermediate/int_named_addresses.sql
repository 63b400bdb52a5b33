{{ config(materialized='view') }}

with

-- an address that several people share still tells them apart where a name stands beside it
named_addresses as (

    select
        uses.handle_id,
        uses.trust_rank,
        {{ hash_of(["'name at an address'", 'uses.node_id', 'handles.person_name']) }} as node_id
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on uses.node_id = shared_identifiers.node_id
    inner join {{ ref('int_handles') }} as handles
        on uses.handle_id = handles.handle_id
    where
        shared_identifiers.set_aside_because = 'several_people'
        and {{ matches('handles.person_name', ' ') }}

)

select * from named_addresses
