-- depends_on: {{ ref('stg_night') }}
{#- what a person did of her own accord in a year: orders, and openings and clicks of messages -#}
{%- set acts = {
    'int_orders': ('ordered_at', 'order_date', 'true'),
    'stg_messages': ('occurred_at', 'message_date', "event in ('opened', 'clicked') and not is_machine"),
} %}

with

acts as (
    {% for facts, (at, day, condition) in acts.items() %}
    select
        handle_id,
        {{ dbt.date_trunc('hour', at) }} as hour_at
    from {{ ref(facts) }}
    where {{ day }} > {{ days_before_tonight(365) }} and {{ condition }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

acts_of_customers as (

    select
        handles.customer_number,
        acts.hour_at,
        count(*) as act_count
    from acts
    inner join {{ ref('int_customer_handles') }} as handles
        on acts.handle_id = handles.handle_id
    group by handles.customer_number, acts.hour_at

),

-- a zone is looked up once an hour, not once an act
local_hours as (

    select
        hours.hour_at,
        {{ local_hour('hours.hour_at', 'night.time_zone') }} as hour_of_day
    from (select distinct hour_at from acts_of_customers) as hours
    cross join {{ ref('stg_night') }} as night

),

hours as (

    select
        acts_of_customers.customer_number,
        local_hours.hour_of_day,
        sum(acts_of_customers.act_count) as act_count
    from acts_of_customers
    inner join local_hours
        on acts_of_customers.hour_at = local_hours.hour_at
    group by acts_of_customers.customer_number, local_hours.hour_of_day

),

-- of several the earliest; one act is no habit
habits as (

    select
        customer_number,
        max_by(hour_of_day, 100 * act_count - hour_of_day) as preferred_hour
    from hours
    group by customer_number
    having sum(act_count) >= 3

)

select * from habits
