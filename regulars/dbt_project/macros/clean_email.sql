{#- An e-mail address as we compare it. Landing has taken the blanks off every text. -#}
{% macro clean_email(column) -%}
    lower({{ column }})
{%- endmacro %}
