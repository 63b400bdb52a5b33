{{ config(materialized='view') }}

with

shared_uses as (

    select
        uses.handle_id,
        uses.node_id,
        uses.trust_rank,
        handles.person_name
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on uses.node_id = shared_identifiers.node_id
    inner join {{ ref('int_handles') }} as handles
        on uses.handle_id = handles.handle_id
    where
        shared_identifiers.set_aside_because = 'several_people'
        and {{ matches('handles.person_name', ' ') }}

),

-- father and son may have one name, and one inbox
namesakes as (

    select
        shared_uses.node_id,
        shared_uses.person_name
    from shared_uses
    inner join {{ ref('int_identifier_uses') }} as accounts
        on shared_uses.handle_id = accounts.handle_id
    left join {{ ref('int_account_names') }} as names
        on accounts.node_id = names.node_id
    where accounts.trust_rank = 1
    group by shared_uses.node_id, shared_uses.person_name
    having
        min(names.birth_date) <> max(names.birth_date)
        or count(distinct accounts.node_id) > count(distinct accounts.source)

),

-- an address that several people share still tells them apart where a name stands beside it
named_addresses as (

    select
        shared_uses.handle_id,
        shared_uses.trust_rank,
        {{ hash_of(["'name at an address'", 'shared_uses.node_id', 'shared_uses.person_name']) }} as node_id
    from shared_uses
    left join namesakes
        on
            shared_uses.node_id = namesakes.node_id
            and shared_uses.person_name = namesakes.person_name
    where namesakes.node_id is null

)

select * from named_addresses
