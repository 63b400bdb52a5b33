with

-- what was not solved by an as-of day was open on it, whatever became of it; what was solved nobody knows when was on none
tickets as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        {{ days_between('tickets.opened_date', 'as_of_dates.as_of_date') }} as age_days,
        coalesce(tickets.is_complaint, false) as is_complaint,
        coalesce(tickets.solved_date > as_of_dates.as_of_date, tickets.is_open) as is_open,
        case
            when tickets.solved_date <= as_of_dates.as_of_date
                then {{ seconds_between('tickets.opened_at', 'tickets.solved_at') }}
        end as solving_seconds
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('int_customer_handles') }} as handles
        on tickets.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(tickets.opened_date, handles.linked_date)', 'as_of_dates.as_of_date') }}

),

customer_tickets as (

    select
        as_of_date,
        customer_number,
        {%- for days in [30, 90, 365] %}
        {{ sum_within('1', days) }} as ticket_count_{{ days }}d,
        {{ sum_within('case when is_complaint then 1 else 0 end', days) }} as complaint_count_{{ days }}d,
        {%- endfor %}
        count(case when is_open then 1 end) as open_ticket_count,
        count(case when is_open and is_complaint then 1 end) as open_complaint_count,
        sum(case when age_days < 365 then solving_seconds end) as solving_seconds_365d,
        count(case when age_days < 365 then solving_seconds end) as solved_ticket_count_365d,
        min(age_days) as days_since_last_ticket,
        min(case when is_complaint then age_days end) as days_since_last_complaint
    from tickets
    group by as_of_date, customer_number

)

select * from customer_tickets
