{#- An amount in ten-thousandths as a double: exact below 2^53, and added many times faster than integers of 128 bits. -#}
{% macro ten_thousandths(amount) -%}
    round(10000 * cast({{ amount }} as double))
{%- endmacro %}
