with

identity_words as (

    select
        word,
        identifier_kind_a,
        source_a,
        identifier_a,
        identifier_kind_b,
        source_b,
        identifier_b,
        because,
        said_by,
        {{ node_of('identifier_kind_a', 'source_a', 'identifier_a') }} as node_a,
        {{ node_of('identifier_kind_b', 'source_b', 'identifier_b') }} as node_b
    from {{ source('settings', 'identity_words') }}

)

select * from identity_words
