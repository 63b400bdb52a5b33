{{ config(materialized='view') }}

with

uses as (

    select
        uses.handle_id,
        uses.node_id,
        uses.trust_rank
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_identifiers') }} as identifiers
        on uses.node_id = identifiers.node_id
    left join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on uses.node_id = shared_identifiers.node_id
    where identifiers.set_aside_because is null and shared_identifiers.node_id is null
    union all
    select
        handle_id,
        node_id,
        -- behind every address that is one person's, and before devices
        cast(4.5 as double) as trust_rank
    from {{ ref('int_named_addresses') }}

),

anchors as (

    select
        handle_id,
        min_by(node_id, trust_rank) as node_id
    from uses
    where trust_rank < 5
    group by handle_id

),

words as (

    select
        word,
        node_a as device_node_id,
        node_b as other_node_id
    from {{ ref('stg_identity_words') }}
    where identifier_kind_a = 'anonymous'
    union all
    select
        word,
        node_b as device_node_id,
        node_a as other_node_id
    from {{ ref('stg_identity_words') }}
    where identifier_kind_b = 'anonymous'

),

clusters_of_words as (

    select
        words.word,
        words.device_node_id,
        coalesce(clusters.cluster_id, words.other_node_id) as cluster_id,
        clusters.linked_date
    from words
    left join {{ ref('int_identity_clusters') }} as clusters
        on words.other_node_id = clusters.node_id

),

clusters_of_devices as (

    select
        devices.node_id,
        coalesce(clusters.cluster_id, anchors.node_id) as cluster_id,
        min(greatest(handles.first_seen_date, clusters.linked_date)) as linked_date
    from uses as devices
    inner join anchors
        on devices.handle_id = anchors.handle_id
    left join {{ ref('int_identity_clusters') }} as clusters
        on anchors.node_id = clusters.node_id
    inner join {{ ref('int_handles') }} as handles
        on devices.handle_id = handles.handle_id
    where devices.trust_rank = 5
    group by devices.node_id, coalesce(clusters.cluster_id, anchors.node_id)

),

-- a device never makes one person of two: who alone is known on it owns it, and one of several is nobody's
lone_owners as (

    select
        clusters_of_devices.node_id,
        min(clusters_of_devices.cluster_id) as cluster_id,
        min(clusters_of_devices.linked_date) as linked_date,
        count(*) as person_count
    from clusters_of_devices
    left join clusters_of_words as words
        on
            clusters_of_devices.node_id = words.device_node_id
            and clusters_of_devices.cluster_id = words.cluster_id
            and words.word = 'keep_apart'
    where words.cluster_id is null
    group by clusters_of_devices.node_id

),

named_owners as (

    select
        device_node_id as node_id,
        min(cluster_id) as cluster_id,
        min(linked_date) as linked_date
    from clusters_of_words
    where word = 'link'
    group by device_node_id

),

device_owners as (

    select
        coalesce(named_owners.node_id, lone_owners.node_id) as node_id,
        coalesce(
            named_owners.cluster_id, case when lone_owners.person_count = 1 then lone_owners.cluster_id end
        ) as cluster_id,
        coalesce(named_owners.linked_date, lone_owners.linked_date) as linked_date,
        coalesce(lone_owners.person_count, 1) as person_count
    from lone_owners
    full outer join named_owners
        on lone_owners.node_id = named_owners.node_id

)

select * from device_owners
