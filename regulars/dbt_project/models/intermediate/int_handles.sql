{%- set columns = ['source'] + handle_columns() %}
{%- set undated_facts = {
    'stg_customers': {'time': 'created_at', 'columns': ['customer_ref', 'email', 'phone', 'person_name']},
    'stg_consents': {'time': 'stated_at', 'columns': ['customer_ref', 'email', 'phone']},
    'stg_preferences': {'time': 'stated_at', 'columns': ['customer_ref', 'email']},
} %}

with

days as (

    select
        handle_id,
        min(active_date) as first_seen_date,
        -- what we send says nothing of which address she uses
        max(case when fact_kind <> 'message' then active_date end) as last_used_date,
        sum(fact_count) as fact_count,
        min(first_row_place) as first_row_place
    from {{ ref('customer_days') }}
    group by handle_id

),

facts_of_days as (

    select
        days.handle_id,
        days.first_seen_date,
        days.last_used_date,
        days.fact_count,
        days.first_row_place,
        {%- for column in columns %}
        texts.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from days
    inner join {{ ref('int_handle_texts') }} as texts
        on days.handle_id = texts.handle_id

),

-- a request to be forgotten must not make a customer
{%- for model, told in undated_facts.items() %}
facts_of_{{ model }} as (

    select
        facts.handle_id,
        {{ local_date('facts.first_seen_at', 'night.time_zone') }} as first_seen_date,
        {{ local_date('facts.last_used_at', 'night.time_zone') }} as last_used_date,
        facts.fact_count,
        facts.first_row_place,
        {%- for column in columns %}
        facts.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            handle_id,
            {{ handle_texts(told.columns) }}
            min({{ told.time }}) as first_seen_at,
            max({{ told.time }}) as last_used_at,
            count(*) as fact_count,
            min(row_place) as first_row_place
        from {{ ref(model) }}
        where handle_id is not null
        group by handle_id, source, {{ told.columns | join(', ') }}
    ) as facts
    cross join {{ ref('stg_night') }} as night

),
{%- endfor %}

facts as (

    select
        handle_id,
        first_seen_date,
        last_used_date,
        fact_count,
        first_row_place,
        {{ columns | join(',\n        ') }}
    from facts_of_days
    {%- for model in undated_facts %}
    union all
    select
        handle_id,
        first_seen_date,
        last_used_date,
        fact_count,
        first_row_place,
        {{ columns | join(',\n        ') }}
    from facts_of_{{ model }}
    {%- endfor %}

),

handles as (

    select
        handle_id,
        min(first_seen_date) as first_seen_date,
        max(last_used_date) as last_used_date,
        cast(sum(fact_count) as bigint) as fact_count,
        min(first_row_place) as first_row_place,
        {{ columns | join(',\n        ') }}
    from facts
    group by handle_id, {{ columns | join(', ') }}

)

select * from handles
