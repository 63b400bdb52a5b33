{#- How to order identifiers: those seen earlier first; among those of one day, and without any, the more trusted. -#}
{% macro identifier_age(table) -%}
    coalesce({{ table }}.first_seen_date, date '9999-12-31') asc,
    {{ kind_rank(table ~ '.identifier_kind') }} asc,
    {{ table }}.source asc,
    {{ table }}.identifier asc
{%- endmacro %}
