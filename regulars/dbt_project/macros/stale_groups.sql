{#- The groups of fields whose newest value is more than a year old, comma separated; null without any. -#}
{% macro stale_groups(ages) -%}
    nullif(concat_ws(
        ','
        {%- for group, age in ages.items() %},
        case when {{ age }} > 365 then '{{ group }}' end
        {%- endfor %}
    ), '')
{%- endmacro %}
