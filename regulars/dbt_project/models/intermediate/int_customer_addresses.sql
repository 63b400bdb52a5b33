with

records as (

    select * from {{ ref('int_customer_records') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

known_addresses as (

    select
        customer_id,
        'email' as address_kind,
        {{ clean_email('email') }} as address
    from records
    union all
    select
        customer_id,
        'phone' as address_kind,
        {{ phone_digits('phone') }} as address
    from records
    union all
    select
        customer_id,
        'email' as address_kind,
        {{ clean_email('identifier') }} as address
    from identifiers
    where identifier_kind = 'email'
    union all
    select
        customer_id,
        'phone' as address_kind,
        {{ phone_digits('identifier') }} as address
    from identifiers
    where identifier_kind = 'phone'

),

addresses as (

    select distinct
        customer_id,
        address_kind,
        address
    from known_addresses
    where address is not null

)

select * from addresses
