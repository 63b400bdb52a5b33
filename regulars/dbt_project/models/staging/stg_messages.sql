with

night as (

    select * from {{ ref('stg_night') }}

),

messages as (

    select * from {{ source('landing', 'messages') }}

),

messages_so_far as (

    select
        messages.source,
        messages.record_key,
        {{ row_place('messages') }} as row_place,
        messages.message_ref,
        messages.channel,
        messages.action_ref,
        messages.decision_id,
        messages.customer_ref,
        {{ clean_email('messages.email') }} as email,
        messages.phone,
        messages.event,
        messages.occurred_at,
        coalesce(messages.is_machine, false) as is_machine,
        messages.cost as cost_amount,
        messages.reason,
        coalesce(hours.local_date, {{ local_date('messages.occurred_at', 'night.time_zone') }}) as message_date
    from messages
    cross join night
    left join {{ ref('stg_hours') }} as hours
        on date_trunc('hour', messages.occurred_at) = hours.hour_at
    where {{ is_known('messages.occurred_at') }}

),

identified_messages as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone']) }} as handle_id
    from messages_so_far

)

select * from identified_messages
