{#- The newest landed file at build time: what a table built now already knows. -#}
{% macro built_file_id() -%}
    (select coalesce(max(files.file_id), 0) from {{ ref('stg_files') }} as files)
{%- endmacro %}
