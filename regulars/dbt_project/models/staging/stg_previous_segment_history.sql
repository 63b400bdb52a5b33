with

customer_segment_history as (

    select
        customer_id,
        segment_id,
        entered_date,
        exited_date,
        entry_reason,
        exit_reason,
        definition_hash
    from {{ source('previous', 'customer_segment_history') }}

)

select * from customer_segment_history
