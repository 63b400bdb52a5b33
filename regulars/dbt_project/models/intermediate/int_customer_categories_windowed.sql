with

category_days as (

    select
        handles.customer_number,
        days.active_date,
        greatest(days.active_date, handles.linked_date) as known_date,
        days.category,
        {{ ten_thousandths('days.line_amount') }} as line_amount
    from {{ ref('customer_category_days') }} as days
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    order by handles.customer_number

),

ages as (

    {{ ages() }}

),

category_amounts as (

    select
        ages.as_of_date,
        category_days.customer_number,
        category_days.category,
        sum(category_days.line_amount) as line_amount
    from category_days
    inner join ages
        on
            category_days.active_date = ages.aged_date
            and {{ is_known_on('category_days.known_date', 'ages.as_of_date') }}
    where ages.age_days < 365
    group by ages.as_of_date, category_days.customer_number, category_days.category

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
        {{ major_units('max(case when category_rank = 1 and category is not null then line_amount end)') }}
            as top_category_amount_365d,
        max(case when category_rank = 2 then category end) as second_category,
        {{ major_units('sum(line_amount)') }} as line_amount_365d,
        count(category) as category_count_365d
    from ranked_categories
    group by as_of_date, customer_number

)

select * from customer_categories
