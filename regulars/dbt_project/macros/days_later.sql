{#- The date so many days after another. -#}
{% macro days_later(date, days) -%}
    {{ return(adapter.dispatch('days_later', 'regulars')(date, days)) }}
{%- endmacro %}

{% macro default__days_later(date, days) -%}
    {{ date }} + cast({{ days }} as integer)
{%- endmacro %}

{% macro spark__days_later(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}
