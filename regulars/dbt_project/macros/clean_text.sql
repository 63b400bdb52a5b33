{#- Text without surrounding blanks; an empty text is no text. -#}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}
