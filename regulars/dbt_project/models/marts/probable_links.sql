with

members as (

    select
        identifiers.node_id,
        identifiers.source,
        identifiers.identifier,
        customers.customer_id
    from {{ ref('int_identifier_clusters') }} as identifiers
    inner join {{ ref('int_customer_clusters') }} as customers
        on identifiers.cluster_id = customers.cluster_id

),

kept_apart as (

    select distinct
        least(one.customer_id, other.customer_id) as customer_id,
        greatest(one.customer_id, other.customer_id) as other_customer_id
    from {{ ref('stg_identity_words') }} as words
    inner join members as one
        on words.node_a = one.node_id
    inner join members as other
        on words.node_b = other.node_id
    where words.word = 'keep_apart'

),

-- nobody is asked what a human has said already, or what other links have settled
probable_links as (

    select
        one.source as source_a,
        one.identifier as identifier_a,
        one.customer_id as customer_id_a,
        other.source as source_b,
        other.identifier as identifier_b,
        other.customer_id as customer_id_b,
        links.probability,
        links.evidence
    from {{ ref('int_probable_links') }} as links
    cross join {{ ref('stg_probable_links') }} as settings
    inner join members as one
        on links.node_a = one.node_id
    inner join members as other
        on links.node_b = other.node_id
    left join kept_apart
        on
            least(one.customer_id, other.customer_id) = kept_apart.customer_id
            and greatest(one.customer_id, other.customer_id) = kept_apart.other_customer_id
    where
        links.probability < settings.link_above
        and one.customer_id <> other.customer_id
        and kept_apart.customer_id is null

)

select * from probable_links
