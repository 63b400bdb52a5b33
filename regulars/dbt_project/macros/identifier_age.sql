{#- How to order identifiers: those seen earlier first; among those of one day, and without any, the more trusted. -#}
{% macro identifier_age(table) -%}
    coalesce({{ table }}.first_seen_date, date '9999-12-31') asc,
    case {{ table }}.identifier_kind when 'account' then 1 when 'email' then 2 when 'phone' then 3 else 4 end asc,
    {{ table }}.source asc,
    {{ table }}.identifier asc
{%- endmacro %}
