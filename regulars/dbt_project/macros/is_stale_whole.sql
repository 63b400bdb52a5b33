{#- Whether rows of an entity without days, such as products, were landed since the table was built. -#}
{% macro is_stale_whole(entity) -%}
    exists (
        select 1 from {{ ref('stg_touched_days') }} as touched
        where
            touched.entity = '{{ entity }}'
            and touched.file_id > (select coalesce(max(built.built_file_id), 0) from {{ this }} as built)
    )
{%- endmacro %}
