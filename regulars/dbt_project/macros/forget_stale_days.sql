{#-
    Removes from an incremental table of days every stale day and every day after the as-of day (the last run may
    have been for a later one); the model then builds the days that are missing. Removing first also empties a day
    that has no facts any more. dbt does both in one transaction.
-#}
{% macro forget_stale_days(rebuild_when_loaded=none, orders=true) -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where
        active_date > (select night.as_of_date from {{ ref('stg_night') }} as night)
        or active_date in ({{ stale_days(orders) }})
        {%- if rebuild_when_loaded is not none %}
        or {{ is_stale_whole(rebuild_when_loaded) }}
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
