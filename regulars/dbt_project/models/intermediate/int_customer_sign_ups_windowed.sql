with

-- whoever opts in has signed up, and many exports do not say when an account was made
sign_ups as (

    select
        handle_id,
        created_date as sign_up_date
    from {{ ref('stg_customers') }}
    where created_date is not null
    union all
    select
        handle_id,
        stated_date
    from {{ ref('stg_consents') }}
    where status = 'granted'

),

-- the first of hers, of what was known on each as-of day
first_sign_ups as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        {{ days_between('min(sign_ups.sign_up_date)', 'as_of_dates.as_of_date') }} as days_since_sign_up
    from sign_ups
    inner join {{ ref('int_customer_handles') }} as handles
        on sign_ups.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(sign_ups.sign_up_date, handles.linked_date)', 'as_of_dates.as_of_date') }}
    group by as_of_dates.as_of_date, handles.customer_number

)

select * from first_sign_ups
