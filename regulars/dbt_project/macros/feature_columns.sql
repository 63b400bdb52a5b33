{#- The features of customer_features, as its contract lists them, without its key. -#}
{% macro feature_columns() -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set contract = graph.nodes['model.regulars.customer_features'].columns -%}
        {%- do columns.extend(contract.keys() | reject('in', ['as_of_date', 'customer_id'])) -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}
