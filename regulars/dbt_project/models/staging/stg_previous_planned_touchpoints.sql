with

planned_touchpoints as (

    select
        decision_id,
        customer_id,
        action_id,
        channel,
        planned_date
    from {{ source('previous', 'planned_touchpoints') }}

)

select * from planned_touchpoints
