{#-
    How old each day with facts is on each as-of day from then on, 0 on the as-of day itself, so that "within N days" is
    age < N; and for each window a factor, 1 within it and 0 outside, as a double for sums of doubles: in_30d, or
    in_preceding_90d for the 90 days before the last 30. Here alone time turns into age: there are far fewer pairs of days
    than facts.
-#}
{% macro ages() -%}
    select
        *,
        {%- for days in [7, 30, 90, 180, 365] %}
        cast(case when age_days < {{ days }} then 1 else 0 end as double) as in_{{ days }}d,
        {%- endfor %}
        {%- for days in [90, 180] %}
        cast(case when age_days between 30 and {{ days + 29 }} then 1 else 0 end as double)
            as in_preceding_{{ days }}d{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            as_of_dates.as_of_date,
            days.aged_date,
            {{ days_between('days.aged_date', 'as_of_dates.as_of_date') }} as age_days
        from (select distinct active_date as aged_date from {{ ref('customer_days') }}) as days
        inner join {{ ref('int_as_of_dates') }} as as_of_dates
            on days.aged_date <= as_of_dates.as_of_date
    ) as aged_dates
{%- endmacro %}
