{#- The last day of the month so many months before that of a date. -#}
{% macro month_end_before(date, months) -%}
    cast({{ dbt.last_day(dbt.dateadd('month', -months, date), 'month') }} as date)
{%- endmacro %}
