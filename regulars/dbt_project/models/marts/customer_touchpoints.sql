with

sent_messages as (

    select * from {{ ref('stg_messages') }}
    where event = 'sent'

),

handles as (

    select * from {{ ref('int_customer_handles') }}

),

plans as (

    select * from {{ ref('earlier_plans') }}

),

customers as (

    select distinct customer_id from handles

),

-- our decision is about one person, whatever else the tool says of whom it wrote to
addressed_messages as (

    select
        sent_messages.*,
        coalesce(customers.customer_id, handles.customer_id) as customer_id
    from sent_messages
    left join handles
        on sent_messages.handle_id = handles.handle_id
    left join plans
        on sent_messages.decision_id = plans.decision_id
    left join customers
        on plans.customer_id = customers.customer_id

),

touchpoints as (

    select
        concat('t_', left(md5(concat(source, '|', record_key)), 16)) as touchpoint_id,
        customer_id,
        source,
        message_ref,
        channel,
        action_ref,
        decision_id,
        occurred_at as sent_at,
        message_date as sent_date
    from addressed_messages
    where customer_id is not null

)

select * from touchpoints
