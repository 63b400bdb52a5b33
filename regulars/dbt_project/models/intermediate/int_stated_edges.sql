{{ config(materialized='view') }}

with

uses as (

    select
        uses.handle_id,
        uses.node_id,
        uses.trust_rank,
        uses.identifier_kind
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_identifiers') }} as identifiers
        on uses.node_id = identifiers.node_id
    left join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on uses.node_id = shared_identifiers.node_id
    where
        identifiers.set_aside_because is null
        and shared_identifiers.node_id is null
        and uses.trust_rank in (1, 3, 4)
    union all
    select
        handle_id,
        node_id,
        trust_rank + 2 as trust_rank,
        'name at a shared address' as identifier_kind
    from {{ ref('int_named_addresses') }}

),

-- one of them with each of the others is enough for all to hang together
anchors as (

    select
        handle_id,
        min(trust_rank) as trust_rank
    from uses
    group by handle_id

),

edges_of_handles as (

    select
        anchored.node_id as node_a,
        others.node_id as node_b,
        handles.first_seen_date,
        handles.fact_count,
        handles.first_row_place,
        10 * anchored.trust_rank + others.trust_rank as edge_rank,
        concat(anchored.identifier_kind, ' with ', others.identifier_kind) as evidence
    from uses as others
    inner join anchors
        on others.handle_id = anchors.handle_id
    inner join uses as anchored
        on
            anchors.handle_id = anchored.handle_id
            and anchors.trust_rank = anchored.trust_rank
    inner join {{ ref('int_handles') }} as handles
        on others.handle_id = handles.handle_id
    where others.trust_rank > anchors.trust_rank

),

edges_of_words as (

    select
        case when is_in_order then node_a else node_b end as node_a,
        case when is_in_order then node_b else node_a end as node_b,
        cast(null as date) as first_seen_date,
        1 as fact_count,
        cast(null as bigint) as first_row_place,
        0 as edge_rank,
        concat('said by ', said_by, ': ', because) as evidence
    from (
        select
            *,
            {{ kind_rank('identifier_kind_a') }} <= {{ kind_rank('identifier_kind_b') }} as is_in_order
        from {{ ref('stg_identity_words') }}
    ) as words
    where
        word = 'link'
        and identifier_kind_a <> 'anonymous'
        and identifier_kind_b <> 'anonymous'

),

all_edges as (

    select * from edges_of_handles
    union all
    select * from edges_of_words

),

edges as (

    select
        node_a,
        node_b,
        min(first_seen_date) as first_seen_date,
        cast(sum(fact_count) as bigint) as fact_count,
        min(first_row_place) as first_row_place,
        min(edge_rank) as edge_rank,
        min(evidence) as evidence
    from all_edges
    group by node_a, node_b

)

select * from edges
