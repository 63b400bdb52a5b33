{#- Whether a file of an entity without days, such as products, was loaded since the table was built. -#}
{% macro is_stale_whole(entity) -%}
    exists (
        select 1 from {{ ref('stg_files') }} as files
        where
            files.entity = '{{ entity }}'
            and files.file_id > (select coalesce(max(built.built_file_id), 0) from {{ this }} as built)
    )
{%- endmacro %}
