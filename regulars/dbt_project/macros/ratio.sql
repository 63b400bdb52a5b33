{#- A quotient, null where the divisor is 0; rounded so that it is the same on any number of threads. -#}
{% macro ratio(dividend, divisor) -%}
    round(cast({{ dividend }} as double) / nullif(cast({{ divisor }} as double), 0), 6)
{%- endmacro %}
