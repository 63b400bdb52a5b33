{#- An amount in major units, of ten-thousandths as a double. -#}
{% macro major_units(amount) -%}
    cast({{ amount }} / 10000 as decimal(18, 4))
{%- endmacro %}
