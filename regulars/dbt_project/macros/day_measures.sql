{#- The type of every measure of customer_days, by kind of facts. -#}
{% macro day_measures() -%}
    {%- set types_of_kinds = {} -%}
    {%- for kind, told in day_kinds().items() -%}
        {%- set types = {} -%}
        {%- for count in (told.counts | list) + told.get('more_counts', []) -%}
            {%- do types.update({count: 'bigint'}) -%}
        {%- endfor -%}
        {%- for sum in (told.get('sums', {}) | list) + (told.get('maxima', {}) | list) + told.get('more_sums', []) -%}
            {%- do types.update({sum: 'decimal(18, 4)'}) -%}
        {%- endfor -%}
        {%- do types_of_kinds.update({kind: types}) -%}
    {%- endfor -%}
    {{ return(types_of_kinds) }}
{%- endmacro %}
