{{ config(materialized='view') }}

with

handles as (

    select * from {{ ref('int_handles') }}

),

systems as (

    select * from {{ ref('stg_systems') }}

),

accounts as (

    select
        handles.handle_id,
        1 as trust_rank,
        'account' as identifier_kind,
        coalesce(systems.accounts, handles.source) as source,
        handles.customer_ref as identifier,
        true as is_well_formed,
        handles.first_seen_date,
        handles.fact_count
    from handles
    left join systems
        on handles.source = systems.source
    where handles.customer_ref is not null

),

visiting_accounts as (

    select
        handles.handle_id,
        2 as trust_rank,
        'account' as identifier_kind,
        coalesce(systems.accounts, handles.source) as source,
        handles.visit_customer_ref as identifier,
        true as is_well_formed,
        handles.first_seen_date,
        handles.fact_count
    from handles
    left join systems
        on handles.source = systems.source
    where handles.visit_customer_ref is not null

),

emails as (

    select
        handle_id,
        3 as trust_rank,
        'email' as identifier_kind,
        '' as source,
        email as identifier,
        {{ matches('email', '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$') }} as is_well_formed,
        first_seen_date,
        fact_count
    from handles
    where email is not null

),

phones as (

    select
        handles.handle_id,
        4 as trust_rank,
        'phone' as identifier_kind,
        '' as source,
        case when numbers.phone_number <> '' then numbers.phone_number else handles.phone end as identifier,
        coalesce(numbers.phone_number <> '', false) as is_well_formed,
        handles.first_seen_date,
        handles.fact_count
    from handles
    cross join {{ ref('stg_identity') }} as identity
    left join {{ ref('int_phone_numbers') }} as numbers
        on
            handles.phone = numbers.phone
            and coalesce(identity.country, '') = numbers.country
    where handles.phone is not null

),

anonymous_ids as (

    select
        handles.handle_id,
        5 as trust_rank,
        'anonymous' as identifier_kind,
        coalesce(systems.anonymous_ids, handles.source) as source,
        handles.anonymous_ref as identifier,
        true as is_well_formed,
        handles.first_seen_date,
        handles.fact_count
    from handles
    left join systems
        on handles.source = systems.source
    where handles.anonymous_ref is not null

),

uses as (
    {% for kind in ['accounts', 'visiting_accounts', 'emails', 'phones', 'anonymous_ids'] %}
    select
        handle_id,
        trust_rank,
        identifier_kind,
        source,
        identifier,
        is_well_formed,
        first_seen_date,
        fact_count
    from {{ kind }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

uses_with_nodes as (

    select
        *,
        {{ node_of('identifier_kind', 'source', 'identifier') }} as node_id
    from uses

)

select * from uses_with_nodes
