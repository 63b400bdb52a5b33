with

set_aside as (

    select
        identifiers.identifier_kind,
        identifiers.source,
        identifiers.identifier,
        coalesce(
            identifiers.set_aside_because,
            clusters.set_aside_because,
            case when customers.customer_id is null then 'parted' end
        ) as set_aside_because,
        clusters.person_count,
        identifiers.first_seen_date,
        identifiers.fact_count
    from {{ ref('int_identifiers') }} as identifiers
    left join {{ ref('int_identifier_clusters') }} as clusters
        on identifiers.node_id = clusters.node_id
    left join {{ ref('int_customer_clusters') }} as customers
        on clusters.cluster_id = customers.cluster_id

),

identity_review as (

    select
        identifier_kind,
        source,
        left(identifier, 320) as identifier,
        set_aside_because,
        case set_aside_because
            when 'too_long' then 'longer than any identifier is'
            when 'placeholder' then 'stands for an unknown value, or is blocked in store.yml'
            when 'malformed' then 'no address of its kind'
            when 'too_many_accounts' then 'given with more accounts of one system than store.yml allows'
            when 'too_many_addresses' then 'given with more e-mail addresses or phone numbers than store.yml allows'
            when 'nameless_addresses' then 'a number given with e-mail addresses of which no name says whose they are'
            when 'parted' then 'a human parted it from the only one whose facts name it'
            when 'outweighed' then 'stated once, beside another number of the same person that more speaks for'
            when 'several_people' then 'used by people whose names, dates of birth or accounts are not one person''s'
        end as reason,
        cast(person_count as bigint) as person_count,
        first_seen_date,
        fact_count
    from set_aside
    where set_aside_because is not null

)

select * from identity_review
