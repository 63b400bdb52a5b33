with

consents as (

    select * from {{ ref('stg_consents') }}

),

messages as (

    select * from {{ ref('stg_messages') }}

),

answers as (

    select * from messages
    where event in ('unsubscribed', 'complained', 'bounced')

),

answers_without_names as (

    select distinct
        source,
        message_ref
    from answers
    where handle_id is null or decision_id is null

),

-- an answer may say only which message it is about, and another event of that message whose it was, if one person's
named_messages as (

    select
        messages.source,
        messages.message_ref,
        case when min(messages.handle_id) = max(messages.handle_id) then min(messages.handle_id) end as handle_id,
        case
            when min(messages.decision_id) = max(messages.decision_id) then min(messages.decision_id)
        end as decision_id
    from messages
    inner join answers_without_names
        on
            messages.source = answers_without_names.source
            and messages.message_ref = answers_without_names.message_ref
    group by messages.source, messages.message_ref

),

answered_messages as (

    select
        answers.source,
        answers.record_key,
        coalesce(answers.handle_id, named_messages.handle_id) as handle_id,
        coalesce(answers.decision_id, named_messages.decision_id) as decision_id,
        answers.channel,
        answers.event,
        answers.occurred_at
    from answers
    left join named_messages
        on
            answers.source = named_messages.source
            and answers.message_ref = named_messages.message_ref

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
