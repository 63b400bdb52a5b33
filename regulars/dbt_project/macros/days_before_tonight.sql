{#- The date so many days before tonight, as a literal, because only a literal reaches the scans of the facts. -#}
{% macro days_before_tonight(days) -%}
    {%- if not execute -%}
        {{ return("date '1970-01-01'") }}
    {%- endif -%}
    {%- set query = 'select ' ~ days_later('as_of_date', '-' ~ days) ~ ' as first_date from ' ~ ref('stg_night') -%}
    {{ return("date '" ~ run_query(query).columns[0].values()[0] ~ "'") }}
{%- endmacro %}
