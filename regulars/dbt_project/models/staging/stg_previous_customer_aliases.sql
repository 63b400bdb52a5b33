with

customer_aliases as (

    select
        alias_id,
        customer_id,
        since_date
    from {{ source('previous', 'customer_aliases') }}

)

select * from customer_aliases
