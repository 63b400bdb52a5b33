{#- A phone number of which only the last two digits can be read. -#}
{% macro masked_phone(phone) -%}
    '***' || right({{ phone }}, 2)
{%- endmacro %}
