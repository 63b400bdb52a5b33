with

-- what several people share is the last resort, and then somebody of its own
claims as (

    select
        uses.handle_id,
        identifiers.cluster_id,
        identifiers.linked_date,
        10 * uses.trust_rank
        + case
            when identifiers.set_aside_because is not null then 100
            -- somebody with a name of her own at a shared address is not whoever owns the device
            when uses.trust_rank = 5 and named_handles.handle_id is not null then 200
            else 0
        end as claim_rank
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_identifier_clusters') }} as identifiers
        on uses.node_id = identifiers.node_id
    left join (select distinct handle_id from {{ ref('int_named_addresses') }}) as named_handles
        on uses.handle_id = named_handles.handle_id
    union all
    select
        named_addresses.handle_id,
        clusters.cluster_id,
        clusters.linked_date,
        40 + named_addresses.trust_rank as claim_rank
    from {{ ref('int_named_addresses') }} as named_addresses
    inner join {{ ref('int_identity_clusters') }} as clusters
        on named_addresses.node_id = clusters.node_id
    inner join (
        select distinct cluster_id
        from {{ ref('int_identifier_clusters') }}
        where set_aside_because is null
    ) as identified
        on clusters.cluster_id = identified.cluster_id

),

handle_clusters as (

    select
        handle_id,
        min_by(cluster_id, claim_rank) as cluster_id,
        min_by(coalesce(linked_date, date '1970-01-01'), claim_rank) as linked_date
    from claims
    group by handle_id

)

select * from handle_clusters
