{#- The models whose rows are about somebody, with the time by which each is ordered. -#}
{% macro facts_with_identifiers() -%}
    {{ return([
        ('int_orders', 'ordered_at'),
        ('stg_customers', 'created_at'),
        ('stg_events', 'occurred_at'),
        ('stg_tickets', 'opened_at'),
        ('stg_survey_responses', 'answered_at'),
        ('stg_messages', 'occurred_at'),
        ('stg_consents', 'stated_at'),
        ('stg_preferences', 'stated_at'),
    ]) }}
{%- endmacro %}
