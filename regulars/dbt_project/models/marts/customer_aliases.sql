with

customers as (

    select * from {{ ref('int_customer_clusters') }}

),

successors as (

    select
        founders.customer_id,
        customers.customer_id as successor_id
    from {{ ref('int_previous_founders') }} as founders
    inner join customers
        on founders.cluster_id = customers.cluster_id

),

new_aliases as (

    select
        successors.customer_id as alias_id,
        successors.successor_id as customer_id,
        night.as_of_date as since_date
    from successors
    cross join {{ ref('stg_night') }} as night
    where successors.customer_id <> successors.successor_id

),

-- an alias leads on to whoever has its customer's id now; one that was parted again is a customer, and no alias
known_aliases as (

    select
        aliases.alias_id,
        successors.successor_id as customer_id,
        aliases.since_date
    from {{ ref('stg_previous_customer_aliases') }} as aliases
    inner join successors
        on aliases.customer_id = successors.customer_id
    left join customers as parted
        on aliases.alias_id = parted.customer_id
    where parted.customer_id is null

),

customer_aliases as (

    select * from new_aliases
    union all
    select * from known_aliases

)

select * from customer_aliases
