with

night as (

    select * from {{ ref('stg_night') }}

),

members as (

    select
        segments.customer_id,
        segments.segment_id,
        segments.definition_hash
    from {{ ref('customer_segments') }} as segments
    inner join night
        on segments.as_of_date = night.as_of_date

),

open_memberships as (

    select
        customer_id,
        segment_id,
        definition_hash
    from {{ ref('stg_previous_segment_history') }}
    where exited_date is null

),

-- under another definition it is another membership
changes as (

    select
        coalesce(members.customer_id, open_memberships.customer_id) as customer_id,
        coalesce(members.segment_id, open_memberships.segment_id) as segment_id,
        open_memberships.customer_id is null as is_entry
    from members
    full outer join open_memberships
        on
            members.customer_id = open_memberships.customer_id
            and members.segment_id = open_memberships.segment_id
            and members.definition_hash = open_memberships.definition_hash
    where members.customer_id is null or open_memberships.customer_id is null

)

select * from changes
