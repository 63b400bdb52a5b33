{#- File and row of a landed row as one number, of which the smallest is the first; the row is its last ten digits. -#}
{% macro row_place(table) -%}
    {{ table }}.file_id * 10000000000 + {{ table }}.row_number
{%- endmacro %}
