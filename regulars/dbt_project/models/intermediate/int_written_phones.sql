{{ config(materialized='view') }}

with

written_phones as (

    select distinct
        handles.phone,
        coalesce(identity.country, '') as country
    from {{ ref('int_handles') }} as handles
    cross join {{ ref('stg_identity') }} as identity
    where handles.phone is not null

)

select * from written_phones
