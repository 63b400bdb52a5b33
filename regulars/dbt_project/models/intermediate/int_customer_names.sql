with

records as (

    select
        customer_id,
        nullif(trim(concat_ws(' ', first_name, last_name)), '') as name
    from {{ ref('int_customer_records') }}

),

-- of whom no record has a name, the newest order that has one
named_orders as (

    select
        handles.customer_id,
        orders.customer_name as name,
        row_number() over (
            partition by handles.customer_id
            order by orders.ordered_at desc, orders.source asc, orders.order_ref asc
        ) as recency_rank
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('int_customer_handles') }} as handles
        on orders.handle_id = handles.handle_id
    left join records
        on handles.customer_id = records.customer_id
    where orders.person_name is not null and records.name is null

),

names as (

    select
        customer_id,
        name
    from records
    where name is not null
    union all
    select
        customer_id,
        name
    from named_orders
    where recency_rank = 1

)

select * from names
