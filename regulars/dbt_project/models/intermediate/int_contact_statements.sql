with

consents as (

    select * from {{ ref('stg_consents') }}

),

answered_messages as (

    select * from {{ ref('stg_messages') }}
    where event in ('unsubscribed', 'complained', 'bounced')

),

purposes as (

    select
        channel,
        purpose
    from {{ ref('stg_declared_permissions') }}
    union distinct
    select
        channel,
        purpose
    from consents
    union distinct
    select
        channel,
        'marketing' as purpose
    from answered_messages

),

statements as (

    select
        source,
        record_key,
        handle_id,
        null as decision_id,
        channel,
        purpose,
        status,
        basis,
        stated_at
    from consents
    union all
    -- who answers a message with no does not say which purposes are meant, so all of the channel are
    select
        messages.source,
        messages.record_key,
        messages.handle_id,
        messages.decision_id,
        messages.channel,
        purposes.purpose,
        case messages.event when 'bounced' then 'bounced' else 'withdrawn' end as status,
        null as basis,
        messages.occurred_at as stated_at
    from answered_messages as messages
    inner join purposes
        on messages.channel = purposes.channel

),

comparable_statements as (

    select
        source,
        record_key,
        handle_id,
        decision_id,
        channel,
        purpose,
        status,
        status in ('denied', 'withdrawn', 'bounced') as is_refusal,
        case status when 'withdrawn' then 1 when 'denied' then 2 else 3 end as strictness_rank,
        basis,
        stated_at
    from statements

)

select * from comparable_statements
