with

uses as (

    select
        uses.handle_id,
        uses.node_id,
        uses.source,
        uses.trust_rank
    from {{ ref('int_identifier_uses') }} as uses
    inner join {{ ref('int_identifiers') }} as identifiers
        on uses.node_id = identifiers.node_id
    where identifiers.set_aside_because is null and uses.trust_rank in (1, 3, 4)

),

-- who a handle says that it is about, by the name in it and by those of its account
people as (

    select
        handle_id,
        cast(null as ubigint) as account_node_id,
        cast(null as {{ text_type() }}) as account_source,
        person_name,
        cast(null as date) as birth_date
    from {{ ref('int_handles') }}
    where person_name is not null
    union all
    select
        accounts.handle_id,
        accounts.node_id as account_node_id,
        accounts.source as account_source,
        names.person_name,
        names.birth_date
    from uses as accounts
    left join {{ ref('int_account_names') }} as names
        on accounts.node_id = names.node_id
    where accounts.trust_rank = 1

),

people_of_emails as (

    select distinct
        emails.node_id,
        people.account_node_id,
        people.account_source,
        people.person_name,
        people.birth_date
    from uses as emails
    inner join people
        on emails.handle_id = people.handle_id
    where emails.trust_rank = 3

),

-- who marries keeps her address, whatever her name is then
shared_emails as (
    {{ shared_addresses('people_of_emails', parts=[1]) }}
),

-- who is behind a phone number is also told by who is behind the e-mail address beside it
people_of_phones as (

    select
        phones.node_id,
        people.account_node_id,
        people.account_source,
        people.person_name,
        people.birth_date
    from uses as phones
    inner join people
        on phones.handle_id = people.handle_id
    where phones.trust_rank = 4
    union distinct
    select
        phones.node_id,
        people.account_node_id,
        people.account_source,
        people.person_name,
        people.birth_date
    from uses as phones
    inner join uses as emails
        on phones.handle_id = emails.handle_id
    inner join people_of_emails as people
        on emails.node_id = people.node_id
    left join shared_emails
        on emails.node_id = shared_emails.node_id
    where phones.trust_rank = 4 and emails.trust_rank = 3 and shared_emails.node_id is null

),

-- a number is given to somebody else some time after it was given up
shared_phones as (
    {{ shared_addresses('people_of_phones', parts=[1, -1]) }}
),

-- an account, address or number with each of the addresses and numbers that stand beside it
neighbours as (

    select distinct
        uses.node_id,
        uses.trust_rank,
        others.node_id as other_node_id,
        others.trust_rank as other_trust_rank
    from uses
    inner join uses as others
        on uses.handle_id = others.handle_id
    where uses.trust_rank <> others.trust_rank and others.trust_rank in (3, 4)

),

counted_neighbours as (

    select
        neighbours.node_id,
        neighbours.trust_rank,
        neighbours.other_trust_rank,
        count(*) as address_count,
        count(people.node_id) as named_count
    from neighbours
    left join (
        select distinct node_id from people_of_emails
        where person_name is not null
    ) as people
        on neighbours.other_node_id = people.node_id
    group by neighbours.node_id, neighbours.trust_rank, neighbours.other_trust_rank

),

-- the account of a till, an inbox of a company; and a number beside several inboxes tells nobody apart where no name does
crowded_identifiers as (

    select
        counted.node_id,
        case
            when max(counted.address_count) > max(identity.most_accounts) then 'too_many_addresses'
            else 'nameless_addresses'
        end as set_aside_because,
        max(counted.address_count) as person_count
    from counted_neighbours as counted
    cross join {{ ref('stg_identity') }} as identity
    where
        counted.address_count > identity.most_accounts
        or (
            counted.trust_rank = 4
            and counted.address_count > 1
            and counted.named_count < counted.address_count
        )
    group by counted.node_id

),

crowded_alone as (

    select crowded_identifiers.*
    from crowded_identifiers
    left join shared_emails
        on crowded_identifiers.node_id = shared_emails.node_id
    left join shared_phones
        on crowded_identifiers.node_id = shared_phones.node_id
    where shared_emails.node_id is null and shared_phones.node_id is null

),

shared_identifiers as (
    {% for addresses in ['shared_emails', 'shared_phones', 'crowded_alone'] %}
    select
        node_id,
        set_aside_because,
        person_count
    from {{ addresses }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from shared_identifiers
