{#- For how long metrics of days and weeks are kept; those of months are for ever. -#}
{% macro kept_metric_days() -%}
    {{ return(400) }}
{%- endmacro %}
