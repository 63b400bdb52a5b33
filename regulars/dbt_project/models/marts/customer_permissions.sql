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

plans as (

    select * from {{ ref('stg_previous_planned_touchpoints') }}

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

-- a tool may answer with nothing but our decision, which was about one person
answers_by_decision as (

    select
        plans.customer_id,
        statements.*
    from statements
    inner join plans
        on statements.decision_id = plans.decision_id

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
    union all
    select
        addresses.customer_id,
        statements.*
    from statements
    inner join plans
        on statements.decision_id = plans.decision_id
    inner join addresses as own_addresses
        on plans.customer_id = own_addresses.customer_id
    inner join addresses
        on
            own_addresses.address_kind = addresses.address_kind
            and own_addresses.address = addresses.address
    where statements.is_refusal

),

all_statements as (

    select * from own_statements
    union all
    select * from answers_by_decision
    union all
    select * from refusals_by_address

),

-- of two statements at the same moment the stricter holds; a bounce says nothing of what the person wants
ranked_statements as (

    select
        *,
        row_number() over (
            partition by customer_id, channel, purpose, status = 'bounced'
            order by stated_at desc, strictness_rank asc, source asc, record_key asc
        ) as recency_rank
    from all_statements

),

newest_statements as (

    select * from ranked_statements
    where recency_rank = 1 and status <> 'bounced'

),

newest_bounces as (

    select * from ranked_statements
    where recency_rank = 1 and status = 'bounced'

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

wishes as (

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

),

-- a message that came back after the yes: nobody knows whose address it is now
wishes_and_bounces as (

    select
        wishes.*,
        case
            when
                wishes.status = 'granted'
                and newest_bounces.stated_at >= coalesce(wishes.stated_at, newest_bounces.stated_at)
                then newest_bounces.stated_at
        end as bounced_at
    from wishes
    left join newest_bounces
        on
            wishes.customer_id = newest_bounces.customer_id
            and wishes.channel = newest_bounces.channel
            and wishes.purpose = newest_bounces.purpose

),

permissions as (

    select
        customer_id,
        channel,
        purpose,
        case when bounced_at is not null then 'unknown' else status end as status,
        case when bounced_at is null then basis end as basis,
        case when bounced_at is not null then 'bounce' else decided_by end as decided_by,
        coalesce(bounced_at, stated_at) as stated_at
    from wishes_and_bounces

)

select * from permissions
