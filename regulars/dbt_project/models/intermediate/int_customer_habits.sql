with

-- the acts of an hour and of those before and after it; whoever did less than three things has no habit
acts_near_hours as (

    select
        acts_of_hours.customer_number,
        (acts_of_hours.hour_of_day + shifts.shift) % 24 as hour_of_day,
        sum(acts_of_hours.act_count) as near_act_count,
        sum(case when shifts.shift = 0 then acts_of_hours.act_count else 0 end) as act_count,
        max(acts_of_hours.all_act_count) as all_act_count
    from (
        select
            *,
            sum(act_count) over (partition by customer_number) as all_act_count
        from {{ ref('int_customer_hours') }}
    ) as acts_of_hours
    cross join (
        select 0 as shift
        union all
        select 1 as shift
        union all
        select 23 as shift
    ) as shifts
    where acts_of_hours.all_act_count >= 3
    group by acts_of_hours.customer_number, (acts_of_hours.hour_of_day + shifts.shift) % 24

),

ranked_hours as (

    select
        *,
        row_number() over (
            partition by customer_number
            order by near_act_count desc, act_count desc, hour_of_day asc
        ) as habit_rank
    from acts_near_hours
    where near_act_count >= 3 and 4 * near_act_count >= all_act_count

),

habits as (

    select
        customer_number,
        cast(hour_of_day as integer) as preferred_hour
    from ranked_hours
    where habit_rank = 1

)

select * from habits
