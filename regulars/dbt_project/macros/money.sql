{#- An amount in major units; nothing known counts as nothing. -#}
{% macro money(amount) -%}
    cast(coalesce({{ amount }}, 0) as decimal(18, 4))
{%- endmacro %}
