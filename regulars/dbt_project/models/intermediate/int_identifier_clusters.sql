with

identifiers as (

    select * from {{ ref('int_identifiers') }}
    where set_aside_because is null

),

clusters as (

    select * from {{ ref('int_identity_clusters') }}

),

ends_of_edges as (

    select
        node_a as node_id,
        fact_count,
        edge_rank
    from {{ ref('int_identity_edges') }}
    union all
    select
        node_b as node_id,
        fact_count,
        edge_rank
    from {{ ref('int_identity_edges') }}

),

-- every fact beside a phone number speaks for it, and a human's word above all
phones as (

    select
        clusters.node_id,
        clusters.cluster_id,
        sum(case when ends_of_edges.edge_rank = 0 then 1000 else ends_of_edges.fact_count end) as weight
    from ends_of_edges
    inner join clusters
        on ends_of_edges.node_id = clusters.node_id
    inner join identifiers
        on clusters.node_id = identifiers.node_id
    where identifiers.identifier_kind = 'phone'
    group by clusters.node_id, clusters.cluster_id

),

surest_phones as (

    select
        cluster_id,
        max(weight) as weight
    from phones
    group by cluster_id

),

-- a second number that one record alone states may be the partner's, and links nothing until something else has it
outweighed_phones as (

    select phones.node_id
    from phones
    inner join surest_phones
        on phones.cluster_id = surest_phones.cluster_id
    where phones.weight = 1 and surest_phones.weight > 1

),

identifier_clusters as (

    select
        identifiers.node_id,
        identifiers.identifier_kind,
        identifiers.source,
        identifiers.identifier,
        identifiers.first_seen_date,
        identifiers.fact_count,
        case
            -- its own id may be what the whole cluster is called by
            when outweighed_phones.node_id is not null then {{ hash_of(["'outweighed'", 'identifiers.node_id']) }}
            else coalesce(clusters.cluster_id, owners.cluster_id, identifiers.node_id)
        end as cluster_id,
        coalesce(clusters.linked_date, owners.linked_date) as linked_date,
        case
            when shared_identifiers.node_id is not null then shared_identifiers.set_aside_because
            when owners.person_count > 1 and owners.cluster_id is null then 'several_people'
            when outweighed_phones.node_id is not null then 'outweighed'
        end as set_aside_because,
        coalesce(shared_identifiers.person_count, owners.person_count) as person_count
    from identifiers
    left join clusters
        on identifiers.node_id = clusters.node_id
    left join {{ ref('int_device_owners') }} as owners
        on identifiers.node_id = owners.node_id
    left join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on identifiers.node_id = shared_identifiers.node_id
    left join outweighed_phones
        on identifiers.node_id = outweighed_phones.node_id

)

select * from identifier_clusters
