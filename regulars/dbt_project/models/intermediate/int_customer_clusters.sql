with

clusters_with_facts as (

    select distinct cluster_id from {{ ref('int_handle_clusters') }}

),

-- of several ids that went to one cluster the oldest of a known person stays
claims as (

    select
        customer_id,
        cluster_id,
        row_number() over (
            partition by cluster_id
            order by is_known desc, coalesce(first_seen_date, date '9999-12-31') asc, customer_id asc
        ) as claim_rank
    from {{ ref('int_previous_founders') }}

),

founders as (

    select
        identifiers.cluster_id,
        {{ customer_id_of('identifiers.source', 'identifiers.identifier_kind', 'identifiers.identifier') }}
            as customer_id,
        row_number() over (
            partition by identifiers.cluster_id
            order by {{ identifier_age('identifiers') }}
        ) as founder_rank
    from {{ ref('int_identifier_clusters') }} as identifiers
    inner join clusters_with_facts
        on identifiers.cluster_id = clusters_with_facts.cluster_id
    left join claims
        on identifiers.cluster_id = claims.cluster_id
    where claims.cluster_id is null

),

-- the id that the identifier once founded may have gone elsewhere
newcomers as (

    select
        founders.cluster_id,
        case
            when previous.customer_id is null then founders.customer_id
            else {{ customer_id_of('founders.customer_id', 'night.as_of_date', "'again'") }}
        end as customer_id
    from founders
    cross join {{ ref('stg_night') }} as night
    left join {{ ref('int_previous_founders') }} as previous
        on founders.customer_id = previous.customer_id
    where founders.founder_rank = 1

),

customer_clusters as (

    select
        cluster_id,
        customer_id
    from claims
    where claim_rank = 1
    union all
    select
        cluster_id,
        customer_id
    from newcomers

)

select * from customer_clusters
