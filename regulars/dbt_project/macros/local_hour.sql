{#- The hour of the store-local day, 0 to 23, of a UTC timestamp. -#}
{% macro local_hour(utc_timestamp, time_zone) -%}
    {{ return(adapter.dispatch('local_hour', 'regulars')(utc_timestamp, time_zone)) }}
{%- endmacro %}

{% macro default__local_hour(utc_timestamp, time_zone) -%}
    cast(extract(hour from timezone({{ time_zone }}, timezone('UTC', {{ utc_timestamp }}))) as integer)
{%- endmacro %}

{% macro spark__local_hour(utc_timestamp, time_zone) -%}
    hour(from_utc_timestamp({{ utc_timestamp }}, {{ time_zone }}))
{%- endmacro %}
