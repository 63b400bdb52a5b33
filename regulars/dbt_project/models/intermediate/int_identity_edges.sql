with

stated_edges as (

    select
        node_a,
        node_b,
        first_seen_date,
        fact_count,
        first_row_place,
        edge_rank,
        evidence,
        cast(1 as double) as probability
    from {{ ref('int_stated_edges') }}

),

-- behind all that is stated, the more probable first
probable_edges as (

    select
        links.node_a,
        links.node_b,
        cast(null as date) as first_seen_date,
        cast(0 as bigint) as fact_count,
        cast(null as bigint) as first_row_place,
        100 + cast(round(1000000 * (1 - links.probability)) as integer) as edge_rank,
        links.evidence,
        links.probability
    from {{ ref('int_probable_links') }} as links
    cross join {{ ref('stg_probable_links') }} as settings
    where links.probability >= settings.link_above

),

edges as (

    select * from stated_edges
    union all
    select * from probable_edges

)

select * from edges
