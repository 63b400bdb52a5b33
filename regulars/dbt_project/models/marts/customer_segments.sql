with

matches as (

    select * from {{ ref('int_segment_matches') }}

),

ranked_matches as (

    select
        *,
        row_number() over (
            partition by as_of_date, customer_id, kind
            order by position, segment_id
        ) as match_rank
    from matches

),

-- a customer is in one stage, the first that matches, and in any number of other segments
memberships as (

    select
        as_of_date,
        customer_id,
        segment_id,
        kind,
        definition_hash
    from ranked_matches
    where kind <> 'stage' or match_rank = 1

)

select * from memberships
