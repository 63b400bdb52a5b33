with

category_amounts as (

    select
        as_of_dates.as_of_date,
        handles.customer_number,
        days.category,
        sum(days.line_amount) as line_amount
    from {{ ref('customer_category_days') }} as days
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ days_between('days.active_date', 'as_of_dates.as_of_date') }} between 0 and 364
    inner join {{ ref('int_customer_handles') }} as handles
        on
            days.handle_id = handles.handle_id
            and {{ is_known_on('handles.linked_date', 'as_of_dates.as_of_date') }}
    group by as_of_dates.as_of_date, handles.customer_number, days.category

),

-- the alphabet decides between equal amounts; what has no category is never the favourite
ranked_categories as (

    select
        *,
        row_number() over (
            partition by as_of_date, customer_number
            order by case when category is null then 1 else 0 end, line_amount desc, category
        ) as category_rank
    from category_amounts

),

customer_categories as (

    select
        as_of_date,
        customer_number,
        max(case when category_rank = 1 then category end) as top_category,
        max(case when category_rank = 1 and category is not null then line_amount end) as top_category_amount_365d,
        max(case when category_rank = 2 then category end) as second_category,
        sum(line_amount) as line_amount_365d,
        count(category) as category_count_365d
    from ranked_categories
    group by as_of_date, customer_number

)

select * from customer_categories
