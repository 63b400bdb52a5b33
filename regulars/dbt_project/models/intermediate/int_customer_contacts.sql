with

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

-- the account of the system that the store names for it, else of the one that comes first
accounts as (

    select
        identifiers.customer_id,
        identifiers.source,
        identifiers.identifier as customer_ref,
        row_number() over (
            partition by identifiers.customer_id
            order by
                case when identifiers.source = identity.profile_accounts then 0 else 1 end asc,
                {{ identifier_age('identifiers') }}
        ) as account_rank
    from identifiers
    cross join {{ ref('stg_identity') }} as identity
    where identifiers.identifier_kind = 'account'

),

addresses as (

    select
        customer_id,
        min(case when identifier_kind = 'email' then identifier end) as email,
        min(case when identifier_kind = 'phone' then identifier end) as phone
    from identifiers
    group by customer_id

),

contacts as (

    select
        addresses.customer_id,
        accounts.source,
        accounts.customer_ref,
        coalesce(records.email, addresses.email) as email,
        coalesce(records.phone, addresses.phone) as phone
    from addresses
    left join accounts
        on
            addresses.customer_id = accounts.customer_id
            and accounts.account_rank = 1
    left join {{ ref('int_customer_records') }} as records
        on addresses.customer_id = records.customer_id

)

select * from contacts
