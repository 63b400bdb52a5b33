{#- As `sums_within`, of amounts, in major units. -#}
{% macro amounts_within(windows) -%}
    {%- for amount, lengths in windows.items() %}
        {%- for length in lengths %}
        {{ major_units('sum(' ~ amount ~ ' * in_' ~ length ~ 'd)') }} as {{ amount }}_{{ length }}d,
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}
