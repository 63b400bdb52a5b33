{#- An e-mail address as we compare it. -#}
{% macro clean_email(column) -%}
    {{ clean_text('lower(' ~ column ~ ')') }}
{%- endmacro %}
