with

identity_changes as (

    select
        as_of_date,
        change,
        customer_id,
        other_customer_id,
        reason
    from {{ source('previous', 'identity_changes') }}

)

select * from identity_changes
