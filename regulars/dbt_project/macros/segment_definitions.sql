{#- The store's segments in their order, as rows; empty while dbt only parses. -#}
{% macro segment_definitions() -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set definitions = run_query(
        "select segment_id, kind, depth, position, predicate, leave_when, evidence_columns, definition_hash from "
        ~ ref('stg_segments') ~ " order by position, segment_id"
    ) -%}
    {{ return(definitions.rows | list) }}
{%- endmacro %}
