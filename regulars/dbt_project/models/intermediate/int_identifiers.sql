with

uses as (

    select
        node_id,
        identifier_kind,
        source,
        identifier,
        min(case when is_well_formed then 1 else 0 end) = 1 as is_well_formed,
        min(first_seen_date) as first_seen_date,
        cast(sum(fact_count) as bigint) as fact_count
    from {{ ref('int_identifier_uses') }}
    group by node_id, identifier_kind, source, identifier

),

named_uses as (

    select
        *,
        lower(identifier) as compared,
        case when identifier_kind = 'email' then split_part(identifier, '@', 1) else '' end as local_part,
        case when identifier_kind = 'email' then split_part(split_part(identifier, '@', 2), '.', 1) end as domain_label
    from uses

),

blocked as (

    select * from {{ ref('stg_blocked_identifiers') }}

),

identifiers as (

    select
        named_uses.node_id,
        named_uses.identifier_kind,
        named_uses.source,
        named_uses.identifier,
        case
            when length(named_uses.identifier) > 320 then 'too_long'
            when blocked_values.identifier is not null or blocked_names.identifier is not null then 'placeholder'
            when {{ matches('named_uses.identifier', '^[-0 ._:]+$') }} then 'placeholder'
            -- a@a.com and 123@123.com, where ann@ann.com may well be somebody
            when
                named_uses.local_part = named_uses.domain_label
                and {{ matches('named_uses.local_part', '^(.|[0-9]+)$') }}
                then 'placeholder'
            when not named_uses.is_well_formed then 'malformed'
        end as set_aside_because,
        named_uses.first_seen_date,
        named_uses.fact_count
    from named_uses
    left join blocked as blocked_values
        on named_uses.compared = blocked_values.identifier
    left join blocked as blocked_names
        on
            named_uses.local_part = blocked_names.identifier
            and blocked_names.is_local_part

)

select * from identifiers
