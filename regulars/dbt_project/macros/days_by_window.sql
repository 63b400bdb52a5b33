{#-
    `aged_days` brought together by customer and the shortest window that holds them, with the sums of counts and amounts
    and the smallest age of the days of which a condition holds; `ages` has the conditions. The caller may add columns,
    each with a comma behind it.
-#}
{% macro days_by_window(counts, ages, amounts=[]) -%}
    select
        as_of_date,
        customer_number,
        {{ within_days() }} as within_days,
        {%- for count in counts %}
        {{ count_sum(count) }} as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        {{- caller() if caller }}
        {%- for age, condition in ages.items() %}
        min(case when {{ condition }} then age_days end) as {{ age }}{{ ',' if not loop.last }}
        {%- endfor %}
    from aged_days
    group by as_of_date, customer_number, {{ within_days() }}
{%- endmacro %}
