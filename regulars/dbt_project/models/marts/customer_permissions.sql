with

handles as (

    select * from {{ ref('int_customer_handles') }}

),

addresses as (

    select * from {{ ref('int_customer_addresses') }}

),

statements as (

    select
        *,
        row_number() over (
            order by stated_at, strictness_rank, source, record_key, channel, purpose, status
        ) as statement_number
    from {{ ref('int_contact_statements') }}

),

declared as (

    select * from {{ ref('stg_declared_permissions') }}

),

plans as (

    select * from {{ ref('earlier_plans') }}

),

nodes_of_statements as (

    select
        statements.statement_number,
        uses.node_id,
        uses.identifier_kind
    from statements
    inner join {{ ref('int_identifier_uses') }} as uses
        on statements.handle_id = uses.handle_id

),

-- identifiers that say something of a person
usable_nodes as (

    select
        node_id,
        cluster_id
    from {{ ref('int_identifier_clusters') }}

),

-- a tool may answer with nothing but our decision, which was about one person
own_statements as (

    select
        handles.customer_id,
        statements.statement_number
    from statements
    inner join handles
        on statements.handle_id = handles.handle_id
    union distinct
    select
        plans.customer_id,
        statements.statement_number
    from statements
    inner join plans
        on statements.decision_id = plans.decision_id

),

nodes_of_refusals as (

    select
        nodes.node_id,
        nodes.statement_number
    from nodes_of_statements as nodes
    union distinct
    select
        addresses.node_id,
        statements.statement_number
    from statements
    inner join plans
        on statements.decision_id = plans.decision_id
    inner join addresses
        on plans.customer_id = addresses.customer_id

),

-- of many that name one address the last says it all, and an address may be that of thousands
ranked_refusals as (

    select
        nodes_of_refusals.node_id,
        statements.statement_number,
        row_number() over (
            partition by
                nodes_of_refusals.node_id, statements.channel, statements.purpose, statements.status = 'bounced'
            order by statements.stated_at desc, statements.statement_number desc
        ) as recency_rank
    from statements
    inner join nodes_of_refusals
        on statements.statement_number = nodes_of_refusals.statement_number
    where statements.is_refusal

),

-- who says no about an address says it for everybody who is reached there; a yes is personal
refusals_by_address as (

    select distinct
        addresses.customer_id,
        ranked_refusals.statement_number
    from ranked_refusals
    inner join addresses
        on ranked_refusals.node_id = addresses.node_id
    where ranked_refusals.recency_rank = 1

),

reached as (

    select * from own_statements
    union distinct
    select * from refusals_by_address

),

all_statements as (

    select
        reached.customer_id,
        statements.*
    from reached
    inner join statements
        on reached.statement_number = statements.statement_number

),

own_grants as (

    select
        own_statements.customer_id,
        statements.*
    from own_statements
    inner join statements
        on own_statements.statement_number = statements.statement_number
    where statements.status = 'granted'

),

nodes_of_grants as (

    select
        own_grants.customer_id,
        own_grants.channel,
        own_grants.purpose,
        nodes.node_id,
        max(own_grants.stated_at) as stated_at
    from own_grants
    inner join nodes_of_statements as nodes
        on own_grants.statement_number = nodes.statement_number
    inner join usable_nodes
        on nodes.node_id = usable_nodes.node_id
    group by own_grants.customer_id, own_grants.channel, own_grants.purpose, nodes.node_id

),

-- an account and an address that were stated together, and are one person's still
accounts_with_addresses as (

    select
        edges.node_a as account_node_id,
        edges.node_b as address_node_id
    from {{ ref('int_identity_edges') }} as edges
    inner join usable_nodes as accounts
        on edges.node_a = accounts.node_id
    inner join usable_nodes as addresses
        on
            edges.node_b = addresses.node_id
            and accounts.cluster_id = addresses.cluster_id
    where edges.edge_rank in (13, 14)

),

statements_with_accounts as (

    select distinct statement_number
    from nodes_of_statements
    where identifier_kind = 'account'

),

nodes_of_own_refusals as (

    select
        all_statements.customer_id,
        all_statements.statement_number,
        all_statements.channel,
        all_statements.purpose,
        all_statements.stated_at,
        nodes.node_id
    from all_statements
    inner join nodes_of_statements as nodes
        on all_statements.statement_number = nodes.statement_number
    where all_statements.is_refusal

),

-- a yes is about the identifiers that it names; one of an account also about its addresses, unless the no named one
liftable_refusals as (

    select
        nodes_of_own_refusals.customer_id,
        nodes_of_own_refusals.statement_number,
        nodes_of_own_refusals.channel,
        nodes_of_own_refusals.purpose,
        nodes_of_own_refusals.stated_at,
        nodes_of_own_refusals.node_id
    from nodes_of_own_refusals
    union all
    select
        nodes_of_own_refusals.customer_id,
        nodes_of_own_refusals.statement_number,
        nodes_of_own_refusals.channel,
        nodes_of_own_refusals.purpose,
        nodes_of_own_refusals.stated_at,
        accounts_with_addresses.account_node_id as node_id
    from nodes_of_own_refusals
    inner join accounts_with_addresses
        on nodes_of_own_refusals.node_id = accounts_with_addresses.address_node_id
    left join statements_with_accounts
        on nodes_of_own_refusals.statement_number = statements_with_accounts.statement_number
    where statements_with_accounts.statement_number is null

),

-- so of a person who was two, or has two addresses, the no of the one outlasts a later yes of the other
lifted_refusals as (

    select
        liftable_refusals.customer_id,
        liftable_refusals.statement_number
    from liftable_refusals
    inner join nodes_of_grants
        on
            liftable_refusals.customer_id = nodes_of_grants.customer_id
            and liftable_refusals.channel = nodes_of_grants.channel
            and liftable_refusals.purpose = nodes_of_grants.purpose
            and liftable_refusals.node_id = nodes_of_grants.node_id
    where liftable_refusals.stated_at < nodes_of_grants.stated_at
    union distinct
    select
        all_statements.customer_id,
        all_statements.statement_number
    from all_statements
    inner join own_grants
        on
            all_statements.customer_id = own_grants.customer_id
            and all_statements.channel = own_grants.channel
            and all_statements.purpose = own_grants.purpose
    where
        all_statements.is_refusal
        -- an answer that names nothing but our decision is about no identifier in particular
        and all_statements.handle_id is null
        and all_statements.stated_at < own_grants.stated_at

),

-- any no that stands comes before every yes; a bounce says nothing of what the person wants
ranked_statements as (

    select
        all_statements.*,
        row_number() over (
            partition by
                all_statements.customer_id,
                all_statements.channel,
                all_statements.purpose,
                all_statements.status = 'bounced'
            order by
                all_statements.is_refusal desc,
                all_statements.stated_at desc,
                all_statements.strictness_rank asc,
                all_statements.source asc,
                all_statements.record_key asc
        ) as recency_rank
    from all_statements
    left join lifted_refusals
        on
            all_statements.customer_id = lifted_refusals.customer_id
            and all_statements.statement_number = lifted_refusals.statement_number
    where lifted_refusals.customer_id is null or all_statements.status = 'bounced'

),

newest_statements as (

    select * from ranked_statements
    where recency_rank = 1 and status <> 'bounced'

),

newest_bounces as (

    select * from ranked_statements
    where recency_rank = 1 and status = 'bounced'

),

-- a later yes that names another address says nothing of this one, to which the lists would go
bounces_at_profile as (

    select
        refusals.customer_id,
        refusals.channel,
        refusals.purpose,
        max(refusals.stated_at) as stated_at
    from nodes_of_own_refusals as refusals
    inner join statements
        on refusals.statement_number = statements.statement_number
    inner join {{ ref('int_profile_addresses') }} as addresses
        on
            refusals.customer_id = addresses.customer_id
            and refusals.node_id = addresses.node_id
    left join lifted_refusals
        on
            refusals.customer_id = lifted_refusals.customer_id
            and refusals.statement_number = lifted_refusals.statement_number
    where statements.status = 'bounced' and lifted_refusals.customer_id is null
    group by refusals.customer_id, refusals.channel, refusals.purpose

),

pairs as (

    select
        channel,
        purpose
    from declared
    union distinct
    select
        channel,
        purpose
    from statements

),

customers as (

    select distinct customer_id from handles

),

wishes as (

    select
        customers.customer_id,
        pairs.channel,
        pairs.purpose,
        coalesce(newest_statements.status, declared.status, 'unknown') as status,
        case when newest_statements.status is not null then newest_statements.basis else declared.basis end as basis,
        case
            when newest_statements.status is not null then 'person'
            when declared.status is not null then 'store'
        end as decided_by,
        newest_statements.stated_at
    from customers
    cross join pairs
    left join declared
        on
            pairs.channel = declared.channel
            and pairs.purpose = declared.purpose
    left join newest_statements
        on
            customers.customer_id = newest_statements.customer_id
            and pairs.channel = newest_statements.channel
            and pairs.purpose = newest_statements.purpose

),

-- a message that came back after the yes: nobody knows whose address it is now
wishes_and_bounces as (

    select
        wishes.*,
        case
            when
                wishes.status = 'granted'
                and newest_bounces.stated_at >= coalesce(wishes.stated_at, newest_bounces.stated_at)
                then newest_bounces.stated_at
            when wishes.status = 'granted' then bounces_at_profile.stated_at
        end as bounced_at
    from wishes
    left join newest_bounces
        on
            wishes.customer_id = newest_bounces.customer_id
            and wishes.channel = newest_bounces.channel
            and wishes.purpose = newest_bounces.purpose
    left join bounces_at_profile
        on
            wishes.customer_id = bounces_at_profile.customer_id
            and wishes.channel = bounces_at_profile.channel
            and wishes.purpose = bounces_at_profile.purpose

),

permissions as (

    select
        customer_id,
        channel,
        purpose,
        case when bounced_at is not null then 'unknown' else status end as status,
        case when bounced_at is null then basis end as basis,
        case when bounced_at is not null then 'bounce' else decided_by end as decided_by,
        coalesce(bounced_at, stated_at) as stated_at
    from wishes_and_bounces

)

select * from permissions
