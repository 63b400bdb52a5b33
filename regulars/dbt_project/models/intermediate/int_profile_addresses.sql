{{ config(materialized='view') }}

with

records as (

    select * from {{ ref('int_customer_records') }}

),

addresses_of_records as (

    select
        customer_id,
        {{ node_of("'email'", "''", 'email') }} as node_id
    from records
    where email is not null
    union all
    select
        customer_id,
        {{ node_of("'phone'", "''", 'phone') }} as node_id
    from records
    where phone is not null

),

-- of whom no record says both the profile may name any address
other_addresses as (

    select
        addresses.customer_id,
        addresses.node_id
    from {{ ref('int_customer_addresses') }} as addresses
    left join records
        on addresses.customer_id = records.customer_id
    where records.email is null or records.phone is null

),

profile_addresses as (

    select * from addresses_of_records
    union distinct
    select * from other_addresses

)

select * from profile_addresses
