{{ config(materialized='view') }}

with

records as (

    select
        {{ node_of("'account'", 'coalesce(systems.accounts, records.source)', 'records.customer_ref') }} as node_id,
        records.person_name,
        records.birth_date,
        row_number() over (
            partition by coalesce(systems.accounts, records.source), records.customer_ref
            order by
                records.changed_date desc,
                coalesce(records.updated_at, records.created_at) desc nulls last,
                records.source asc,
                records.record_key asc
        ) as recency_rank
    from {{ ref('stg_customers') }} as records
    left join {{ ref('stg_systems') }} as systems
        on records.source = systems.source
    where
        records.customer_ref is not null
        and (records.person_name is not null or records.birth_date is not null)

),

names as (

    select
        node_id,
        person_name,
        birth_date
    from records
    where recency_rank = 1

)

select * from names
