-- A customer is in at most one stage, and the open memberships of the history are tonight's memberships.
{{ config(meta={'dagster': {'ref': {'name': 'customer_segments'}}}) }}

with

members as (

    select
        segments.customer_id,
        segments.segment_id,
        segments.kind
    from {{ ref('customer_segments') }} as segments
    inner join {{ ref('stg_night') }} as night
        on segments.as_of_date = night.as_of_date

),

open_memberships as (

    select
        customer_id,
        segment_id
    from {{ ref('customer_segment_history') }}
    where exited_date is null

),

customers_in_two_stages as (

    select
        customer_id,
        'in two stages' as problem
    from members
    where kind = 'stage'
    group by customer_id
    having count(*) > 1

),

memberships_without_history as (

    select
        coalesce(members.customer_id, open_memberships.customer_id) as customer_id,
        'history and membership differ' as problem
    from members
    full outer join open_memberships
        on
            members.customer_id = open_memberships.customer_id
            and members.segment_id = open_memberships.segment_id
    where members.customer_id is null or open_memberships.customer_id is null

),

problems as (

    select * from customers_in_two_stages
    union all
    select * from memberships_without_history

)

select * from problems
