with

night as (

    select * from {{ ref('stg_night') }}

),

previous_members as (

    select * from {{ ref('stg_previous_customer_identifiers') }}

),

members as (

    select
        identifiers.node_id,
        identifiers.identifier_kind,
        identifiers.identifier,
        identifiers.set_aside_because is not null as is_set_aside,
        customers.customer_id
    from {{ ref('int_identifier_clusters') }} as identifiers
    inner join {{ ref('int_customer_clusters') }} as customers
        on identifiers.cluster_id = customers.cluster_id

),

-- a visitor who logs in was nobody in particular before, so that nothing was merged
known_founders as (

    select
        founders.customer_id,
        customers.customer_id as successor_id
    from {{ ref('int_previous_founders') }} as founders
    inner join {{ ref('int_customer_clusters') }} as customers
        on founders.cluster_id = customers.cluster_id
    where founders.is_known = 1

),

merged_customers as (

    select
        successor_id as customer_id,
        customer_id as other_customer_id
    from known_founders
    where customer_id <> successor_id

),

edges as (

    select
        node_a as node_id,
        node_b as other_node_id,
        edge_rank,
        evidence
    from {{ ref('int_identity_edges') }}
    union all
    select
        node_b as node_id,
        node_a as other_node_id,
        edge_rank,
        evidence
    from {{ ref('int_identity_edges') }}

),

-- the edge that leads out of what the customer was yesterday
edges_of_merged_customers as (

    select
        merged_customers.customer_id,
        merged_customers.other_customer_id,
        concat(
            edges.evidence, ', ', one.identifier_kind, ' ', one.identifier, ' and ', other.identifier_kind, ' ',
            other.identifier
        ) as reason,
        row_number() over (
            partition by merged_customers.customer_id, merged_customers.other_customer_id
            order by edges.edge_rank, one.identifier_kind, one.identifier, other.identifier_kind, other.identifier
        ) as reason_rank
    from merged_customers
    inner join previous_members
        on merged_customers.other_customer_id = previous_members.customer_id
    inner join edges
        on previous_members.node_id = edges.node_id
    inner join members as one
        on
            edges.node_id = one.node_id
            and merged_customers.customer_id = one.customer_id
    inner join members as other
        on
            edges.other_node_id = other.node_id
            and merged_customers.customer_id = other.customer_id
    left join previous_members as previous_others
        on edges.other_node_id = previous_others.node_id
    where coalesce(previous_others.customer_id, '') <> merged_customers.other_customer_id

),

-- identifiers that were one customer's, and are now of several
parted_members as (

    select
        previous_members.customer_id,
        members.customer_id as other_customer_id,
        members.node_id,
        members.identifier_kind,
        members.identifier,
        members.is_set_aside
    from previous_members
    inner join members
        on previous_members.node_id = members.node_id
    inner join known_founders
        on
            previous_members.customer_id = known_founders.customer_id
            and members.customer_id <> known_founders.successor_id
    where previous_members.identifier_kind <> 'anonymous'

),

words as (

    select
        node_a as node_id,
        said_by,
        because
    from {{ ref('stg_identity_words') }}
    where word = 'keep_apart'
    union all
    select
        node_b as node_id,
        said_by,
        because
    from {{ ref('stg_identity_words') }}
    where word = 'keep_apart'

),

splits as (

    select
        parted_members.customer_id,
        parted_members.other_customer_id,
        coalesce(
            min(case when words.node_id is not null then concat('said by ', words.said_by, ': ', words.because) end),
            min(
                case
                    when parted_members.is_set_aside
                        then concat(
                            parted_members.identifier_kind, ' ', parted_members.identifier, ' is several people''s'
                        )
                end
            ),
            concat(
                'no evidence is left for ', min(concat(parted_members.identifier_kind, ' ', parted_members.identifier))
            )
        ) as reason
    from parted_members
    left join words
        on parted_members.node_id = words.node_id
    group by parted_members.customer_id, parted_members.other_customer_id

),

changes as (

    select
        'merged' as change,
        merged_customers.customer_id,
        merged_customers.other_customer_id,
        coalesce(edges_of_merged_customers.reason, 'their identifiers moved') as reason
    from merged_customers
    left join edges_of_merged_customers
        on
            merged_customers.customer_id = edges_of_merged_customers.customer_id
            and merged_customers.other_customer_id = edges_of_merged_customers.other_customer_id
            and edges_of_merged_customers.reason_rank = 1
    union all
    select
        'split' as change,
        customer_id,
        other_customer_id,
        reason
    from splits

),

identity_changes as (

    select
        as_of_date,
        change,
        customer_id,
        other_customer_id,
        reason
    from {{ ref('stg_previous_identity_changes') }}
    where as_of_date < (select night.as_of_date from night)
    union all
    select
        night.as_of_date,
        changes.change,
        changes.customer_id,
        changes.other_customer_id,
        changes.reason
    from changes
    cross join night

)

select * from identity_changes
