{%- set windows = {
    'messages_sent': [7, 30, 90, 365],
    'messages_opened': [30, 90, 365],
    'messages_clicked': [30, 90, 365],
    'messages_redeemed': [30, 90, 365],
    'messages_bounced': [365],
    'messages_refused': [365],
    'emails_sent': [90],
    'emails_clicked': [90],
    'sms_sent': [90],
    'sms_clicked': [90],
    'pushes_sent': [90],
    'pushes_clicked': [90],
} %}
{%- set acts = {
    'message': 'messages_sent > 0',
    'opening': 'messages_opened > 0',
    'click': 'messages_clicked > 0',
    'redemption': 'messages_redeemed > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
message_days as (

    {{ days_of_customers('message', windows, acts) }}

),

ages as (

    {{ ages() }}

),

aged_days as (

    select *
    from message_days
    inner join ages
        on
            message_days.active_date = ages.aged_date
            and {{ is_known_on('message_days.known_date', 'ages.as_of_date') }}

),

customer_messages as (

    select
        as_of_date,
        customer_number,
        {{- sums_within(windows) }}
        {{- days_since(acts) }}
    from aged_days
    group by as_of_date, customer_number

)

select * from customer_messages
