{#-
    One column per measure and window, such as order_count_30d, of rows that carry within_days; `windows` has the days
    of the windows of each measure.
-#}
{% macro sums_within(windows) -%}
    {%- for measure, lengths in windows.items() %}
        {%- for days in lengths %}
        sum(case when within_days <= {{ days }} then {{ measure }} else 0 end) as {{ measure }}_{{ days }}d,
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}
