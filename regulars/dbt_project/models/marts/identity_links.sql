with

members as (

    select
        identifiers.node_id,
        identifiers.identifier_kind,
        identifiers.source,
        identifiers.identifier,
        customers.customer_id
    from {{ ref('int_identifier_clusters') }} as identifiers
    inner join {{ ref('int_customer_clusters') }} as customers
        on identifiers.cluster_id = customers.cluster_id

),

identity_links as (

    select
        one.customer_id,
        one.identifier_kind as identifier_kind_a,
        one.source as source_a,
        one.identifier as identifier_a,
        other.identifier_kind as identifier_kind_b,
        other.source as source_b,
        other.identifier as identifier_b,
        edges.evidence,
        edges.probability,
        edges.first_seen_date,
        edges.fact_count,
        cast((edges.first_row_place - edges.first_row_place % 10000000000) / 10000000000 as bigint) as file_id,
        cast(edges.first_row_place % 10000000000 as bigint) as row_number,
        other.customer_id = one.customer_id as is_used
    from {{ ref('int_identity_edges') }} as edges
    inner join members as one
        on edges.node_a = one.node_id
    inner join members as other
        on edges.node_b = other.node_id

)

select * from identity_links
