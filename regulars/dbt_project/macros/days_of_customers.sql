{#-
    Days of a kind of facts by customer, with the day from which each is known: a handle counts from the day on which
    evidence tied it to the customer. Counts are doubles, and so are amounts, as ten-thousandths. `acts` has the conditions
    of dates such as order_date, which is empty on a day without an order; the caller may add columns, each with a comma
    behind it. Customers come in order, so that the sums of one stay in the processor's cache.
-#}
{% macro days_of_customers(kind, counts, acts, amounts=[]) -%}
    select
        handles.customer_number,
        days.active_date,
        greatest(days.active_date, handles.linked_date) as known_date,
        {%- for count in counts %}
        cast(days.{{ count }} as double) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        {{ ten_thousandths('days.' ~ amount) }} as {{ amount }},
        {%- endfor %}
        {{- caller() if caller }}
        {%- for act, condition in acts.items() %}
        case when {{ condition }} then days.active_date end as {{ act }}_date{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    where days.fact_kind = '{{ kind }}'
    order by handles.customer_number
{%- endmacro %}
