with

churn_reasons as (

    select
        month_start,
        reason,
        source,
        customers
    from {{ source('previous', 'churn_reasons') }}

)

select * from churn_reasons
