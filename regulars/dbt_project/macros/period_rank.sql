{#- How long a kind of period is, to compare it with others. -#}
{% macro period_rank(period) -%}
    case {{ period }} when 'day' then 1 when 'week' then 2 when 'month' then 3 end
{%- endmacro %}
