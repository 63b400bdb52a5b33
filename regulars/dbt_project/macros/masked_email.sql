{#- An e-mail address of which only the first letter and the domain can be read. -#}
{% macro masked_email(email) -%}
    left({{ email }}, 1) || '***@' || {{ dbt.split_part(email, "'@'", -1) }}
{%- endmacro %}
