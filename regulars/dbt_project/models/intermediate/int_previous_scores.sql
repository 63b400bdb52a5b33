{{ config(materialized='view') }}

with

churn_scores as (

    select * from {{ ref('stg_previous_churn_scores') }}

),

amounts as (

    select
        customer_id,
        max(case when horizon_days = 90 then expected_amount end) as expected_amount_90d,
        max(case when horizon_days = 90 then amount_percentile end) as amount_percentile_90d,
        max(case when horizon_days = 365 then expected_amount end) as expected_amount_365d,
        max(case when horizon_days = 365 then amount_percentile end) as amount_percentile_365d
    from {{ ref('stg_previous_ltv_scores') }}
    group by customer_id

),

previous_scores as (

    select
        coalesce(churn_scores.customer_id, amounts.customer_id) as customer_id,
        churn_scores.churn_probability,
        churn_scores.churn_percentile,
        amounts.expected_amount_90d,
        amounts.amount_percentile_90d,
        amounts.expected_amount_365d,
        amounts.amount_percentile_365d
    from churn_scores
    full outer join amounts
        on churn_scores.customer_id = amounts.customer_id

)

select * from previous_scores
