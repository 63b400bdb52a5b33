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

past_days as (

    select as_of_date
    from month_ends
    union distinct
    select review_date as as_of_date
    from night
    where review_date is not null

),

as_of_dates as (

    select as_of_date
    from night
    union all
    select past_days.as_of_date
    from past_days
    inner join first_days
        on past_days.as_of_date >= first_days.first_date

)

select * from as_of_dates
