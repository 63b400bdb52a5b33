{#- A row per day from a date to a later one, both included. -#}
{% macro days_from(first, last) -%}
    {{ return(adapter.dispatch('days_from', 'regulars')(first, last)) }}
{%- endmacro %}

{% macro default__days_from(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval '1' day)) as date)
{%- endmacro %}

{% macro spark__days_from(first, last) -%}
    explode(sequence({{ first }}, {{ last }}, interval '1' day))
{%- endmacro %}
