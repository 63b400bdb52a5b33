with

night as (

    select * from {{ ref('stg_night') }}

),

known_customers as (

    select distinct customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_kind <> 'anonymous'

),

handles as (

    select
        handles.fact_count,
        coalesce(handles.customer_ref, handles.visit_customer_ref, handles.email, handles.phone) is null
            as is_anonymous,
        known_customers.customer_id is not null as is_linked
    from {{ ref('int_handles') }} as handles
    left join {{ ref('int_customer_handles') }} as customers
        on handles.handle_id = customers.handle_id
    left join known_customers
        on customers.customer_id = known_customers.customer_id

),

counts as (

    select
        'anonymous facts of known customers' as metric,
        coalesce(sum(case when is_linked then fact_count else 0 end), 0) as part_count,
        coalesce(sum(fact_count), 0) as whole_count
    from handles
    where is_anonymous
    union all
    select
        'customers with an account or address' as metric,
        (select count(*) from known_customers) as part_count,
        count(distinct customer_id) as whole_count
    from {{ ref('customer_identifiers') }}
    union all
    select
        'identifiers that link nothing' as metric,
        (select count(*) from {{ ref('identity_review') }}) as part_count,
        count(*) as whole_count
    from {{ ref('int_identifiers') }}

),

identity_metrics as (

    select
        as_of_date,
        metric,
        part_count,
        whole_count,
        share
    from {{ ref('stg_previous_identity_metrics') }}
    union all
    select
        night.as_of_date,
        counts.metric,
        cast(counts.part_count as bigint) as part_count,
        cast(counts.whole_count as bigint) as whole_count,
        {{ ratio('counts.part_count', 'counts.whole_count') }} as share
    from counts
    cross join night

)

select * from identity_metrics
