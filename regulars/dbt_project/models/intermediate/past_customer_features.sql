-- depends_on: {{ ref('int_as_of_dates') }}
{%- set as_of_dates = as_of_dates()[:-1] %}

with

no_features as (

    select * from {{ ref('int_customer_features') }}
    where false

),

-- day by day, because what all of them need at once is more than memory holds
past_customer_features as (

    select * from no_features
    {%- for as_of_date in as_of_dates %}
    union all
    select * from {{ ref('int_customer_features') }}
    where as_of_date = {{ as_of_date }}
    {%- endfor %}

)

select
    as_of_date,
    {%- for feature in feature_columns() %}
    {{ feature }},
    {%- endfor %}
    customer_id
from past_customer_features
