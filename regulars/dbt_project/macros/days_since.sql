{#- How long ago each act of `days_of_customers` happened last, such as days_since_last_order. -#}
{% macro days_since(acts) -%}
    {%- for act in acts %}
        {{ days_between('max(' ~ act ~ '_date)', 'as_of_date') }} as days_since_last_{{ act }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
