-- No two handles, and no two identifiers, have the same number: each is that of what is stored under it.
{{ config(meta={'dagster': {'ref': {'name': 'int_handles'}}}) }}

with

handles as (

    select handle_id as number_of_it
    from {{ ref('int_handles') }}
    where handle_id <> {{ hash_of(['source'] + handle_columns()) }}

),

identifiers as (

    select node_id as number_of_it
    from {{ ref('int_identifiers') }}
    where node_id <> {{ node_of('identifier_kind', 'source', 'identifier') }}

),

others as (

    select * from handles
    union all
    select * from identifiers

)

select * from others
