{{ config(materialized='view') }}
{%- set counts = [
    'messages_sent', 'messages_opened', 'messages_clicked', 'messages_redeemed', 'messages_bounced',
    'messages_refused', 'emails_sent', 'emails_clicked', 'sms_sent', 'sms_clicked', 'pushes_sent',
    'pushes_clicked',
] %}
{%- set ages = {
    'days_since_last_message': 'messages_sent > 0',
    'days_since_last_opening': 'messages_opened > 0',
    'days_since_last_click': 'messages_clicked > 0',
    'days_since_last_redemption': 'messages_redeemed > 0',
} %}

with

-- a person may have several handles, and then several rows of one day
aged_days as (

    {{ aged_days(['message'], counts) }}

),

days_by_window as (

    {{ days_by_window(counts, ages) }}

),

customer_messages as (

    select
        as_of_date,
        customer_number,
        {{- sums_within({
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
        }) }}
        {%- for age in ages %}
        min({{ age }}) as {{ age }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days_by_window
    group by as_of_date, customer_number

)

select * from customer_messages
