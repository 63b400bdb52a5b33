{#- The store's patterns in their order, as rows; empty while dbt only parses. -#}
{% macro pattern_definitions() -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query('select * from ' ~ ref('stg_patterns') ~ ' order by pattern_id').rows | list) }}
{%- endmacro %}
