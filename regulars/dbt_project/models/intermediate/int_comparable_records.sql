{{ config(materialized='view') }}
{%- set fields = ['first_name', 'last_name', 'birth_date', 'postal_code', 'email', 'phone', 'attributes'] %}

with

-- what several people use, and what says nothing, makes nobody alike
identifiers as (

    select
        identifiers.node_id,
        identifiers.source,
        identifiers.identifier
    from {{ ref('int_identifiers') }} as identifiers
    left join {{ ref('int_shared_identifiers') }} as shared_identifiers
        on identifiers.node_id = shared_identifiers.node_id
    where
        identifiers.set_aside_because is null
        and shared_identifiers.node_id is null

),

records as (

    select
        accounts.node_id,
        accounts.source,
        accounts.identifier,
        row_number() over (
            partition by accounts.node_id
            order by
                records.changed_date desc,
                coalesce(records.updated_at, records.created_at) desc nulls last,
                records.source asc,
                records.record_key asc
        ) as recency_rank,
        {{ name_letters('records.first_name') }} as first_name,
        {{ name_letters('records.last_name') }} as last_name,
        records.birth_date,
        lower(records.postal_code) as postal_code,
        emails.identifier as email,
        phones.identifier as phone,
        records.attributes
    from {{ ref('stg_customers') }} as records
    left join {{ ref('stg_systems') }} as systems
        on records.source = systems.source
    inner join identifiers as accounts
        on {{ node_of("'account'", 'coalesce(systems.accounts, records.source)', 'records.customer_ref') }} = accounts.node_id
    cross join {{ ref('stg_identity') }} as identity
    left join identifiers as emails
        on {{ node_of("'email'", "''", 'records.email') }} = emails.node_id
    left join {{ ref('int_phone_numbers') }} as numbers
        on
            records.phone = numbers.phone
            and coalesce(identity.country, '') = numbers.country
    left join identifiers as phones
        on {{ node_of("'phone'", "''", 'numbers.phone_number') }} = phones.node_id

),

newest_values as (

    select
        node_id,
        source,
        identifier,
        {%- for field in fields %}
        min_by({{ field }}, case when {{ field }} is not null then recency_rank end) as {{ field }}{{ ',' if not loop.last }}
        {%- endfor %}
    from records
    group by node_id, source, identifier

),

-- a placeholder is no name
comparable_records as (

    select
        records.node_id,
        records.source,
        records.identifier,
        case when blocked_first_names.identifier is null then records.first_name end as first_name,
        case when blocked_last_names.identifier is null then records.last_name end as last_name,
        records.birth_date,
        case when blocked_postal_codes.identifier is null then records.postal_code end as postal_code,
        records.email,
        records.phone,
        records.attributes
    from newest_values as records
    left join {{ ref('stg_blocked_identifiers') }} as blocked_first_names
        on records.first_name = blocked_first_names.identifier
    left join {{ ref('stg_blocked_identifiers') }} as blocked_last_names
        on records.last_name = blocked_last_names.identifier
    left join {{ ref('stg_blocked_identifiers') }} as blocked_postal_codes
        on records.postal_code = blocked_postal_codes.identifier

)

select * from comparable_records
