{#-
    Restricts facts to the days that an incremental table lacks; all of them on a full refresh. `missing_at` is what
    earliest_missing_at gave.
-#}
{% macro is_missing(date_column, utc_timestamp=none, missing_at=none) -%}
    {%- if is_incremental() -%}
        {{ date_column }} not in (select built.active_date from {{ this }} as built)
        {%- if missing_at is not none %}
        and {{ utc_timestamp }} >= {{ missing_at }}
        {%- endif %}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
