with

order_days as (

    select
        handles.customer_number,
        orders.order_date,
        sum({{ money('orders.amount') }} - {{ money('orders.refunded_amount') }}) as net_amount
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('int_customer_handles') }} as handles
        on orders.handle_id = handles.handle_id
    group by handles.customer_number, orders.order_date

),

order_gaps as (

    select
        customer_number,
        order_date,
        lead(order_date) over (partition by customer_number order by order_date) as next_order_date,
        min(order_date) over (partition by customer_number) as first_order_date,
        cast(net_amount as decimal(18, 4)) as net_amount
    from order_days

)

select * from order_gaps
