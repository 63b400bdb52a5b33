with

night as (

    select * from {{ ref('stg_night') }}

),

tickets as (

    select * from {{ source('landing', 'tickets') }}

),

tickets_so_far as (

    select
        tickets.source,
        tickets.record_key,
        {{ row_place('tickets') }} as row_place,
        tickets.ticket_ref,
        tickets.customer_ref,
        {{ clean_email('tickets.email') }} as email,
        tickets.opened_at,
        case when {{ is_known('tickets.solved_at') }} then tickets.solved_at end as solved_at,
        -- when it was solved outranks the status, which is tonight's whatever the as-of day
        case
            when tickets.solved_at is not null then not {{ is_known('tickets.solved_at') }}
            else coalesce(lower(trim(tickets.status)) not in ('solved', 'closed', 'resolved'), true)
        end as is_open,
        tickets.status,
        tickets.priority,
        tickets.channel,
        tickets.topic,
        tickets.is_complaint,
        tickets.satisfaction,
        {{ local_date('tickets.opened_at', 'night.time_zone') }} as opened_date,
        case
            when {{ is_known('tickets.solved_at') }} then {{ local_date('tickets.solved_at', 'night.time_zone') }}
        end as solved_date
    from tickets
    cross join night
    where {{ is_known('tickets.opened_at') }}

),

identified_tickets as (

    select
        *,
        {{ handle_of(['customer_ref', 'email']) }} as handle_id
    from tickets_so_far

)

select * from identified_tickets
