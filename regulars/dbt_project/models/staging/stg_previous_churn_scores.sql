with

churn_scores as (

    select
        customer_id,
        churn_probability,
        churn_percentile
    from {{ source('previous', 'churn_scores') }}

)

select * from churn_scores
