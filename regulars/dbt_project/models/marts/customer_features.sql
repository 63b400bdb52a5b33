-- depends_on: {{ ref('int_as_of_dates') }}

with

customer_features as (

    select * from {{ ref('int_customer_features') }}
    where as_of_date = {{ as_of_dates()[-1] }}

)

select
    as_of_date,
    {%- for feature in feature_columns() %}
    {{ feature }},
    {%- endfor %}
    customer_id
from customer_features
