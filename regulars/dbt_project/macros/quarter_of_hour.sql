{#- The beginning of the quarter of an hour of a UTC timestamp; every zone differs from UTC by whole quarters. -#}
{% macro quarter_of_hour(utc_timestamp) -%}
    {{ return(adapter.dispatch('quarter_of_hour', 'regulars')(utc_timestamp)) }}
{%- endmacro %}

{% macro default__quarter_of_hour(utc_timestamp) -%}
    time_bucket(interval 15 minutes, {{ utc_timestamp }})
{%- endmacro %}

{% macro spark__quarter_of_hour(utc_timestamp) -%}
    timestamp_seconds(floor(unix_timestamp({{ utc_timestamp }}) / 900) * 900)
{%- endmacro %}
