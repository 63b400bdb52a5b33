{#- The columns of a handle within a group of facts of that handle; null for those that the facts do not have. -#}
{% macro any_of_handle(columns) -%}
    {%- for column in ['source'] + handle_columns() %}
    {%- if column in ['source'] + columns %}
        min({{ column }}) as {{ column }},
    {%- else %}
        cast(null as {{ text_type() }}) as {{ column }},
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
