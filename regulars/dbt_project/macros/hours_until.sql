{#- The beginning of every hour of UTC from the year 2000 to a UTC timestamp, a row each; to be a column by itself. -#}
{% macro hours_until(utc_timestamp) -%}
    {{ return(adapter.dispatch('hours_until', 'regulars')(utc_timestamp)) }}
{%- endmacro %}

{% macro default__hours_until(utc_timestamp) -%}
    unnest(generate_series(timestamp '2000-01-01 00:00:00', {{ utc_timestamp }}, interval '1' hour))
{%- endmacro %}

{% macro spark__hours_until(utc_timestamp) -%}
    explode(sequence(timestamp '2000-01-01 00:00:00', {{ utc_timestamp }}, interval '1' hour))
{%- endmacro %}
