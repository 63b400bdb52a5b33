with

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

-- the account of the system that the store names for it, whose numbers are somebody else's in another; where it
-- names none, the oldest
accounts as (

    select
        identifiers.customer_id,
        identifiers.source,
        identifiers.identifier as customer_ref,
        row_number() over (
            partition by identifiers.customer_id
            order by {{ identifier_age('identifiers') }}
        ) as account_rank
    from identifiers
    cross join {{ ref('stg_identity') }} as identity
    where
        identifiers.identifier_kind = 'account'
        and identifiers.source = coalesce(identity.profile_accounts, identifiers.source)

),

uses as (

    select
        uses.identifier_kind,
        uses.identifier,
        max(handles.last_used_date) as last_used_date
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_handles') }} as handles
        on uses.handle_id = handles.handle_id
    where uses.identifier_kind in ('email', 'phone')
    group by uses.identifier_kind, uses.identifier

),

-- of several addresses that no record chooses from, the one she used last; of those of one day the first
addresses as (

    select
        identifiers.customer_id,
        identifiers.identifier_kind,
        identifiers.identifier,
        row_number() over (
            partition by identifiers.customer_id, identifiers.identifier_kind
            order by uses.last_used_date desc nulls last, identifiers.identifier asc
        ) as use_rank
    from identifiers
    inner join uses
        on
            identifiers.identifier_kind = uses.identifier_kind
            and identifiers.identifier = uses.identifier

),

addresses_of_customers as (

    select
        customer_id,
        max(case when identifier_kind = 'email' then identifier end) as email,
        max(case when identifier_kind = 'phone' then identifier end) as phone
    from addresses
    where use_rank = 1
    group by customer_id

),

customers as (

    select distinct customer_id from identifiers

),

contacts as (

    select
        customers.customer_id,
        accounts.source,
        accounts.customer_ref,
        coalesce(records.email, addresses.email) as email,
        coalesce(records.phone, addresses.phone) as phone
    from customers
    left join accounts
        on
            customers.customer_id = accounts.customer_id
            and accounts.account_rank = 1
    left join addresses_of_customers as addresses
        on customers.customer_id = addresses.customer_id
    left join {{ ref('int_customer_records') }} as records
        on customers.customer_id = records.customer_id

)

select * from contacts
