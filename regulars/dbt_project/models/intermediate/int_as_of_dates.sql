with

night as (

    select * from {{ ref('stg_night') }}

),

as_of_dates as (

    select as_of_date
    from night
    {%- for months in range(1, 37) %}
    union all
    select {{ month_end_before('as_of_date', months) }} as as_of_date
    from night
    where past_month_ends >= {{ months }}
    {%- endfor %}

)

select * from as_of_dates
