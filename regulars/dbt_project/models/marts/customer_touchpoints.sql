with

sent_messages as (

    select * from {{ ref('stg_messages') }}
    where event = 'sent'

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

touchpoints as (

    select
        concat('t_', left(md5(concat(sent_messages.source, '|', sent_messages.record_key)), 16)) as touchpoint_id,
        identifiers.customer_id,
        sent_messages.source,
        sent_messages.message_ref,
        sent_messages.channel,
        sent_messages.action_ref,
        sent_messages.decision_id,
        sent_messages.occurred_at as sent_at,
        sent_messages.message_date as sent_date
    from sent_messages
    inner join identifiers
        on
            sent_messages.source = identifiers.source
            and sent_messages.identifier_kind = identifiers.identifier_kind
            and sent_messages.identifier = identifiers.identifier

)

select * from touchpoints
order by sent_at, touchpoint_id
