{#- Whole days from one date to a later one; 0 on the same day. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between', 'regulars')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff(day, {{ earlier }}, {{ later }})
{%- endmacro %}
