{#- of a customer who did little counts what her stage does: as if she had done this much more, at its hours -#}
{%- set acts_of_stage = 5 %}

with

customers as (

    select
        customer_number,
        lifecycle_stage
    from {{ ref('int_customer_standings') }}
    where lifecycle_stage is not null

),

-- an act counts for its hour, and for those before and after it
near_hours as (

    select
        customers.lifecycle_stage,
        hours.customer_number,
        (hours.hour_of_day + shifts.shift) % 24 as hour_of_day,
        sum(hours.act_count) as near_act_count,
        sum(case when shifts.shift = 0 then hours.act_count else 0 end) as act_count
    from {{ ref('int_customer_hours') }} as hours
    inner join customers
        on hours.customer_number = customers.customer_number
    cross join (
        select 0 as shift
        union all
        select 1 as shift
        union all
        select 23 as shift
    ) as shifts
    group by customers.lifecycle_stage, hours.customer_number, (hours.hour_of_day + shifts.shift) % 24

),

stage_hours as (

    select
        lifecycle_stage,
        hour_of_day,
        3.0 * {{ acts_of_stage }} * sum(near_act_count) / sum(sum(near_act_count)) over (partition by lifecycle_stage)
            as near_act_count,
        {{ acts_of_stage }} * sum(act_count) / sum(sum(act_count)) over (partition by lifecycle_stage) as act_count,
        row_number() over (
            partition by lifecycle_stage
            order by sum(near_act_count) desc, sum(act_count) desc, hour_of_day asc
        ) as hour_rank
    from near_hours
    group by lifecycle_stage, hour_of_day

),

-- where she did nothing, no hour is better than the best of her stage
choices as (

    select
        customer_number,
        lifecycle_stage,
        hour_of_day,
        near_act_count,
        act_count
    from near_hours
    union all
    select
        customers.customer_number,
        customers.lifecycle_stage,
        stage_hours.hour_of_day,
        0,
        0
    from customers
    inner join stage_hours
        on customers.lifecycle_stage = stage_hours.lifecycle_stage and stage_hours.hour_rank = 1

),

ranked_choices as (

    select
        choices.customer_number,
        choices.hour_of_day,
        row_number() over (
            partition by choices.customer_number
            order by
                choices.near_act_count + stage_hours.near_act_count desc,
                choices.act_count + stage_hours.act_count desc,
                choices.hour_of_day asc
        ) as choice_rank
    from choices
    inner join stage_hours
        on choices.lifecycle_stage = stage_hours.lifecycle_stage and choices.hour_of_day = stage_hours.hour_of_day

),

best_hours as (

    select
        customer_number,
        cast(hour_of_day as integer) as best_hour
    from ranked_choices
    where choice_rank = 1

)

select * from best_hours
