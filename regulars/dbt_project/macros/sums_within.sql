{#-
    One column per count and window, such as order_count_30d, of `days_of_customers` that are joined with `ages`; `windows`
    has those of each count.
-#}
{% macro sums_within(windows) -%}
    {%- for count, lengths in windows.items() %}
        {%- for length in lengths %}
        sum({{ count }} * in_{{ length }}d) as {{ count }}_{{ length }}d,
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}
