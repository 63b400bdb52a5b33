{#- The newest landed file or replay of dead letters at build time: what a table built now already knows. -#}
{% macro built_file_id() -%}
    greatest(
        (select coalesce(max(files.file_id), 0) from {{ ref('stg_files') }} as files),
        (select coalesce(max(touched.file_id), 0) from {{ ref('stg_touched_days') }} as touched)
    )
{%- endmacro %}
