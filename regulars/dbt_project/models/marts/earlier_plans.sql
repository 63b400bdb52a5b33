with

-- what was handed over to somebody under an id that is an alias now was handed over to her
earlier_plans as (

    select
        plans.decision_id,
        coalesce(aliases.customer_id, plans.customer_id) as customer_id,
        plans.action_id,
        plans.channel,
        plans.planned_date
    from {{ ref('stg_previous_planned_touchpoints') }} as plans
    left join {{ ref('customer_aliases') }} as aliases
        on plans.customer_id = aliases.alias_id

)

select * from earlier_plans
