{%- set fields = [
    'email', 'phone', 'first_name', 'last_name', 'birth_date', 'postal_code', 'country', 'language', 'time_zone',
    'attributes',
] %}

with

-- an inbox that several people read reaches them; what is somebody else's, or nobody's, is no address of hers
records as (

    select
        handles.customer_id,
        row_number() over (
            partition by handles.customer_id
            order by
                records.changed_date desc,
                coalesce(records.updated_at, records.created_at) desc nulls last,
                records.source asc,
                records.record_key asc
        ) as recency_rank,
        records.changed_date,
        case
            when emails.cluster_id = handle_clusters.cluster_id or emails.set_aside_because is not null
                then records.email
        end as email,
        case when phones.cluster_id = handle_clusters.cluster_id then phones.identifier end as phone,
        {%- for field in fields if field not in ('email', 'phone') %}
        records.{{ field }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_customers') }} as records
    inner join {{ ref('int_customer_handles') }} as handles
        on records.handle_id = handles.handle_id
    cross join {{ ref('stg_identity') }} as identity
    inner join {{ ref('int_handle_clusters') }} as handle_clusters
        on records.handle_id = handle_clusters.handle_id
    left join {{ ref('int_identifier_clusters') }} as emails
        on {{ node_of("'email'", "''", 'records.email') }} = emails.node_id
    left join {{ ref('int_phone_numbers') }} as numbers
        on
            records.phone = numbers.phone
            and coalesce(identity.country, '') = numbers.country
    left join {{ ref('int_identifier_clusters') }} as phones
        on {{ node_of("'phone'", "''", 'numbers.phone_number') }} = phones.node_id

),

-- one system knows the birthday and another the telephone: of every field the newest value that anybody has
newest_values as (

    select
        customer_id,
        {%- for field in fields %}
        min_by({{ field }}, case when {{ field }} is not null then recency_rank end) as {{ field }},
        {%- endfor %}
        max(changed_date) as changed_date
    from records
    group by customer_id

)

select * from newest_values
