with

training as (

    select
        horizon_days,
        least_days,
        least_active_customers,
        least_outcomes,
        category_count,
        churn_of
    from {{ source('settings', 'training') }}

)

select * from training
