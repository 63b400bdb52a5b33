{#- A text as an SQL literal. -#}
{% macro quoted(text) -%}
    '{{ (text or '') | replace("'", "''") }}'
{%- endmacro %}
