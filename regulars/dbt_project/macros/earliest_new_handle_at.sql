{#-
    A UTC timestamp before which no handle that an incremental table of handles lacks was first seen, as a literal, which
    alone reaches the scan of the facts; none when it may lack any. A day earlier than the day itself, because a store
    may be up to 14 hours ahead of UTC.
-#}
{% macro earliest_new_handle_at() -%}
    {%- if not execute or not is_incremental() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set query -%}
        select coalesce(min(days.active_date), date '9999-01-01') as earliest_date
        from {{ ref('customer_days') }} as days
        where days.handle_id not in (select known.handle_id from {{ this }} as known)
    {%- endset -%}
    {%- set earliest_date = run_query(query).columns[0].values()[0] -%}
    {{ return("timestamp '" ~ (earliest_date - modules.datetime.timedelta(days=1)) ~ " 00:00:00'") }}
{%- endmacro %}
