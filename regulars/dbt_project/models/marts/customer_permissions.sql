with

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

addresses as (

    select * from {{ ref('int_customer_addresses') }}

),

statements as (

    select * from {{ ref('int_contact_statements') }}

),

declared as (

    select * from {{ ref('stg_declared_permissions') }}

),

own_statements as (

    select
        identifiers.customer_id,
        statements.*
    from statements
    inner join identifiers
        on
            statements.source = identifiers.source
            and statements.identifier_kind = identifiers.identifier_kind
            and statements.identifier = identifiers.identifier

),

-- who says no about an address says it for everybody who is reached there; a yes is personal
refusals_by_address as (

    select
        addresses.customer_id,
        statements.*
    from statements
    inner join addresses
        on
            addresses.address_kind = 'email'
            and statements.email = addresses.address
    where statements.is_refusal
    union all
    select
        addresses.customer_id,
        statements.*
    from statements
    inner join addresses
        on
            addresses.address_kind = 'phone'
            and statements.phone_digits = addresses.address
    where statements.is_refusal

),

all_statements as (

    select * from own_statements
    union all
    select * from refusals_by_address

),

-- of two statements at the same moment the stricter holds
ranked_statements as (

    select
        *,
        row_number() over (
            partition by customer_id, channel, purpose
            order by stated_at desc, strictness_rank asc, source asc, record_key asc
        ) as recency_rank
    from all_statements

),

newest_statements as (

    select * from ranked_statements
    where recency_rank = 1

),

pairs as (

    select
        channel,
        purpose
    from declared
    union distinct
    select
        channel,
        purpose
    from statements

),

customers as (

    select distinct customer_id from identifiers

),

permissions as (

    select
        customers.customer_id,
        pairs.channel,
        pairs.purpose,
        coalesce(newest_statements.status, declared.status, 'unknown') as status,
        case when newest_statements.status is not null then newest_statements.basis else declared.basis end as basis,
        case
            when newest_statements.status is not null then 'person'
            when declared.status is not null then 'store'
        end as decided_by,
        newest_statements.stated_at
    from customers
    cross join pairs
    left join declared
        on
            pairs.channel = declared.channel
            and pairs.purpose = declared.purpose
    left join newest_statements
        on
            customers.customer_id = newest_statements.customer_id
            and pairs.channel = newest_statements.channel
            and pairs.purpose = newest_statements.purpose

)

select * from permissions
order by customer_id, channel, purpose
