with

previous_identifiers as (

    select * from {{ ref('stg_previous_customer_identifiers') }}

),

previous_customers as (

    select
        customer_id,
        min(first_seen_date) as first_seen_date,
        max(case when identifier_kind = 'anonymous' then 0 else 1 end) as is_known
    from previous_identifiers
    group by customer_id

),

clusters_with_facts as (

    select distinct cluster_id from {{ ref('int_handle_clusters') }}

),

-- an id goes where its oldest identifier went that is still there, and not with a device or with what is shared now
ranked_founders as (

    select
        previous.customer_id,
        identifiers.cluster_id,
        row_number() over (
            partition by previous.customer_id
            order by
                case when identifiers.set_aside_because is null then 0 else 1 end asc,
                case previous.identifier_kind when 'anonymous' then 1 else 0 end asc,
                {{ identifier_age('previous') }}
        ) as founder_rank
    from previous_identifiers as previous
    inner join {{ ref('int_identifier_clusters') }} as identifiers
        on previous.node_id = identifiers.node_id
    inner join clusters_with_facts
        on identifiers.cluster_id = clusters_with_facts.cluster_id

),

founders as (

    select
        ranked_founders.customer_id,
        ranked_founders.cluster_id,
        previous_customers.is_known,
        previous_customers.first_seen_date
    from ranked_founders
    inner join previous_customers
        on ranked_founders.customer_id = previous_customers.customer_id
    where ranked_founders.founder_rank = 1

)

select * from founders
