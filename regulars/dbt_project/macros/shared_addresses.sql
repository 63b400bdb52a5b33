{#-
    The addresses among `people` that are no one person's: they stand beside more accounts of one system than the
    store allows, or beside people of whose names one of `parts`, the first word or the last, is not the same, or
    who were born on different days.
-#}
{% macro shared_addresses(people, parts) -%}
    select
        coalesce(crowded.node_id, ambiguous.node_id) as node_id,
        case when crowded.node_id is not null then 'too_many_accounts' else 'several_people' end as set_aside_because,
        coalesce(crowded.account_count, ambiguous.person_count) as person_count
    from (
        select
            counted.node_id,
            max(counted.account_count) as account_count
        from (
            select
                node_id,
                account_source,
                count(distinct account_node_id) as account_count
            from {{ people }}
            group by node_id, account_source
        ) as counted
        cross join {{ ref('stg_identity') }} as identity
        where counted.account_count > identity.most_accounts
        group by counted.node_id
    ) as crowded
    full outer join (
        select
            one.node_id,
            count(distinct one.person_name) + 1 as person_count
        from {{ people }} as one
        inner join {{ people }} as other
            on one.node_id = other.node_id
        where
            {%- for part in parts %}
            {{ names_differ('one.person_name', 'other.person_name', part) }} or
            {%- endfor %}
            coalesce(one.birth_date < other.birth_date, false)
        group by one.node_id
    ) as ambiguous
        on crowded.node_id = ambiguous.node_id
{%- endmacro %}
