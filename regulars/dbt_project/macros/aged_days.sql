{#-
    Days of some kinds of facts as each as-of day knew them, by customer: a handle counts from the day on which evidence
    tied it to the customer. Besides the columns asked for it has as_of_date, customer_number and age_days. Here alone
    time turns into age, 0 on the as-of day, so that "within N days" is age < N.
-#}
{% macro aged_days(kinds, columns) -%}
    select
        as_of_dates.as_of_date,
        handles.customer_number,
        {%- for column in columns %}
        days.{{ column }},
        {%- endfor %}
        {{ days_between('days.active_date', 'as_of_dates.as_of_date') }} as age_days
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('greatest(days.active_date, handles.linked_date)', 'as_of_dates.as_of_date') }}
    where days.fact_kind in ('{{ kinds | join("', '") }}')
{%- endmacro %}
