{#-
    Removes from an incremental table of days every day that may no longer be what a full refresh would give;
    the model then builds the days that are missing. A day is stale when
      - it is later than the as-of day (the last run was for a later day),
      - a file loaded since the table was built touched it,
      - an order with rows on several days has one here, now or when the table was built: such an order can change
        on a day that nothing touched,
      - `rebuild_when_loaded` names an entity without days (products) of which a file was loaded since.
    Removing before building also empties a day that has no facts any more, and a run that dies in between heals
    itself the next night. The table must carry built_file_id and spanning_row_count.
-#}
{% macro forget_stale_days(rebuild_when_loaded=none) -%}
    {%- if is_incremental() -%}
    {%- set built_file_id -%}
        (select coalesce(max(built.built_file_id), 0) from {{ this }} as built)
    {%- endset %}
    delete from {{ this }}
    where
        active_date > (select night.as_of_date from {{ ref('stg_night') }} as night)
        or active_date in (
            select touched.touched_date from {{ ref('stg_touched_days') }} as touched
            where touched.file_id > {{ built_file_id }}
        )
        or active_date in (
            select built.active_date from {{ this }} as built
            where built.spanning_row_count > 0
        )
        or active_date in (
            select spanning.order_date from {{ ref('int_orders') }} as spanning
            where spanning.is_spanning
        )
        or active_date in (
            select spanning.line_date from {{ ref('int_order_lines') }} as spanning
            where spanning.is_spanning
        )
        {%- if rebuild_when_loaded is not none %}
        or exists (
            select 1 from {{ ref('stg_files') }} as files
            where files.entity = '{{ rebuild_when_loaded }}' and files.file_id > {{ built_file_id }}
        )
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
