{#-
    The as-of days to compute features for, ascending, as literals, because only a literal reaches the scans; the last
    is tonight.
-#}
{% macro as_of_dates() -%}
    {%- if not execute -%}
        {{ return(["date '1970-01-01'"]) }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for row in run_query('select as_of_date from ' ~ ref('int_as_of_dates') ~ ' order by as_of_date').rows -%}
        {%- do found.append("date '" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
