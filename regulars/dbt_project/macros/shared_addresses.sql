{#-
    The addresses among `people` that are no one person's: they stand beside more accounts of one system than the
    store allows, or beside people of whose names one of `parts`, the first word or the last, is not the same, or
    who were born on different days. Names are compared only beside an address with two of them or two birthdays, which
    is rare; and where twice as many stand beside it, nobody compares each with each.
-#}
{% macro shared_addresses(people, parts) -%}
    select
        crowds.node_id,
        case
            when crowds.account_count > identity.most_accounts then 'too_many_accounts'
            else 'several_people'
        end as set_aside_because,
        cast(greatest(crowds.account_count, crowds.name_count) as bigint) as person_count
    from (
        select
            accounts.node_id,
            accounts.account_count,
            names.name_count
        from (
            select
                node_id,
                max(account_count) as account_count
            from (
                select
                    node_id,
                    account_source,
                    count(distinct account_node_id) as account_count
                from {{ people }}
                group by node_id, account_source
            ) as counted
            group by node_id
        ) as accounts
        inner join (
            select
                node_id,
                count(distinct person_name) as name_count
            from {{ people }}
            group by node_id
        ) as names
            on accounts.node_id = names.node_id
    ) as crowds
    cross join {{ ref('stg_identity') }} as identity
    left join (
        select distinct one.node_id
        from {{ people }} as one
        inner join {{ people }} as other
            on one.node_id = other.node_id
        inner join (
            select node_id
            from {{ people }}
            cross join {{ ref('stg_identity') }} as identity
            group by node_id
            having
                count(*) <= 10 * max(identity.most_accounts)
                and (min(person_name) < max(person_name) or min(birth_date) < max(birth_date))
        ) as comparable
            on one.node_id = comparable.node_id
        where
            {%- for part in parts %}
            {{ names_differ('one.person_name', 'other.person_name', part) }} or
            {%- endfor %}
            coalesce(one.birth_date < other.birth_date, false)
    ) as ambiguous
        on crowds.node_id = ambiguous.node_id
    where
        crowds.account_count > identity.most_accounts
        or crowds.name_count > 2 * identity.most_accounts
        or ambiguous.node_id is not null
{%- endmacro %}
