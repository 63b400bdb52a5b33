{#- Day of the week, 1 Monday to 7 Sunday, whatever the engine starts its week with. -#}
{% macro iso_weekday(date) -%}
    {{ return(adapter.dispatch('iso_weekday', 'regulars')(date)) }}
{%- endmacro %}

{% macro default__iso_weekday(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(date) -%}
    weekday({{ date }}) + 1
{%- endmacro %}
