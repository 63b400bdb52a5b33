with

sent_messages as (

    select * from {{ ref('stg_messages') }}
    where event = 'sent'

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

plans as (

    select * from {{ ref('stg_previous_planned_touchpoints') }}

),

customers as (

    select distinct customer_id from identifiers

),

-- our decision is about one person, whatever else the tool says of whom it wrote to
addressed_messages as (

    select
        sent_messages.*,
        coalesce(customers.customer_id, identifiers.customer_id) as customer_id
    from sent_messages
    left join identifiers
        on
            sent_messages.source = identifiers.source
            and sent_messages.identifier_kind = identifiers.identifier_kind
            and sent_messages.identifier = identifiers.identifier
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
