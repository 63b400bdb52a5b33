{#- Statements that fill past_customer_features, a day each, so that one is done with before the next needs memory. -#}
{% macro insert_past_features() -%}
    {%- for as_of_date in as_of_dates()[:-1] %}
    insert into {{ this }}
    select
        as_of_date,
        {%- for feature in feature_columns() %}
        {{ feature }},
        {%- endfor %}
        customer_id
    from {{ ref('int_customer_features') }}
    where as_of_date = {{ as_of_date }};
    {%- endfor %}
{%- endmacro %}
