{%- set facts = [
    ('int_orders', 'order_date'),
    ('stg_customers', 'created_date'),
    ('stg_events', 'event_date'),
    ('stg_tickets', 'opened_date'),
    ('stg_survey_responses', 'answered_date'),
    ('stg_messages', 'message_date'),
    ('stg_consents', 'stated_date'),
    ('stg_preferences', 'stated_date'),
] -%}

with

-- a request to be forgotten must not make a customer
seen_identifiers as (
    {% for model, date_column in facts %}
    select
        source,
        identifier_kind,
        identifier,
        min({{ date_column }}) as first_seen_date
    from {{ ref(model) }}
    where identifier is not null
    group by source, identifier_kind, identifier
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

identifiers as (

    select
        source,
        identifier_kind,
        identifier,
        min(first_seen_date) as first_seen_date
    from seen_identifiers
    group by source, identifier_kind, identifier

)

select * from identifiers
