{#-
    A UTC timestamp before which an incremental table lacks no day, as a literal; none when it may lack any.
    A literal, because only a literal reaches the scan: the night after then reads one day of order lines instead of
    all. A day earlier than the day itself, because a store may be up to 14 hours ahead of UTC.
-#}
{% macro earliest_missing_at(rebuild_when_loaded=none, orders=true) -%}
    {%- if not execute or not is_incremental() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set query -%}
        select min(missing.missing_date) as earliest_date
        from (
            select stale.stale_date as missing_date
            from ({{ stale_days(orders) }}) as stale
            union all
            select max(built.active_date) as missing_date
            from {{ this }} as built
            where built.active_date <= (select night.as_of_date from {{ ref('stg_night') }} as night)
        ) as missing
        {%- if rebuild_when_loaded is not none %}
        where not {{ is_stale_whole(rebuild_when_loaded) }}
        {%- endif %}
    {%- endset -%}
    {%- set earliest_date = run_query(query).columns[0].values()[0] -%}
    {%- if earliest_date is none -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return("timestamp '" ~ (earliest_date - modules.datetime.timedelta(days=1)) ~ " 00:00:00'") }}
{%- endmacro %}
