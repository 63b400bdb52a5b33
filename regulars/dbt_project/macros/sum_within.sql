{#- Sum over the `days` store-local days that end with and include the as-of day (age 0). -#}
{% macro sum_within(column, days) -%}
    sum(case when age_days < {{ days }} then {{ column }} else 0 end)
{%- endmacro %}
