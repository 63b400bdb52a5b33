-- depends_on: {{ ref('int_as_of_dates') }}, {{ ref('customer_features') }}
{{ config(post_hook={"sql": "{{ insert_past_features() }}", "transaction": false}) }}

with

-- the days come one by one, behind those of tonight, because what all of them need at once is more than memory holds
no_features as (

    select * from {{ ref('int_customer_features') }}
    where false

)

select
    as_of_date,
    {%- for feature in feature_columns() %}
    {{ feature }},
    {%- endfor %}
    customer_id
from no_features
