{#-
    The texts of a handle, of which facts have only `columns`. They are keys of a group, never its minimum, though the
    handle's number says as much: DuckDB spills keys to disk, and keeps the texts that an aggregate holds in memory.
-#}
{% macro handle_texts(columns) -%}
    {%- for column in ['source'] + handle_columns() -%}
    {%- if column in ['source'] + columns %}
        {{ column }},
    {%- else %}
        cast(null as {{ text_type() }}) as {{ column }},
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
