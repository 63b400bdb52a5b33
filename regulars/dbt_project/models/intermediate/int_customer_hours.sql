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
        {{ quarter_of_hour(at) }} as quarter_at
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
        acts.quarter_at,
        count(*) as act_count
    from acts
    inner join {{ ref('int_customer_handles') }} as handles
        on acts.handle_id = handles.handle_id
    group by handles.customer_number, acts.quarter_at

),

-- a zone is looked up once a quarter of an hour, by which zones differ, not once an act
local_quarters as (

    select
        quarters.quarter_at,
        {{ local_hour('quarters.quarter_at', 'night.time_zone') }} as hour_of_day
    from (select distinct quarter_at from acts_of_customers) as quarters
    cross join {{ ref('stg_night') }} as night

),

hours as (

    select
        acts_of_customers.customer_number,
        local_quarters.hour_of_day,
        sum(acts_of_customers.act_count) as act_count
    from acts_of_customers
    inner join local_quarters
        on acts_of_customers.quarter_at = local_quarters.quarter_at
    group by acts_of_customers.customer_number, local_quarters.hour_of_day

)

select * from hours
