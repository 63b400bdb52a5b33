with

ltv_scores as (

    select
        customer_id,
        horizon_days,
        expected_amount,
        amount_percentile
    from {{ source('previous', 'ltv_scores') }}

)

select * from ltv_scores
