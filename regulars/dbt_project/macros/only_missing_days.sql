{#- Restricts facts to the days that an incremental table lacks; all of them on a full refresh. -#}
{% macro only_missing_days(date_column) -%}
    {%- if is_incremental() -%}
        {{ date_column }} not in (select built_days.active_date from {{ this }} as built_days)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
