with

night as (

    select * from {{ ref('stg_night') }}

),

first_days as (

    select min(active_date) as first_date from {{ ref('customer_days') }}

),

month_ends as (
    {% for months in range(1, 37) %}
    select {{ month_end_before('as_of_date', months) }} as as_of_date
    from night
    where past_month_ends >= {{ months }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

as_of_dates as (

    select as_of_date
    from night
    union all
    select month_ends.as_of_date
    from month_ends
    inner join first_days
        on month_ends.as_of_date >= first_days.first_date

)

select * from as_of_dates
