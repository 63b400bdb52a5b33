with

category_days as (

    select * from {{ ref('customer_category_days') }}
    where category is not null

),

handles as (

    select * from {{ ref('int_customer_handles') }}

),

night as (

    select * from {{ ref('stg_night') }}

),

category_customers as (

    select
        category_days.category,
        count(distinct handles.customer_number) as customer_count
    from category_days
    inner join handles
        on category_days.handle_id = handles.handle_id
    cross join night
    where {{ days_between('category_days.active_date', 'night.as_of_date') }} between 0 and 364
    group by category_days.category

),

-- the alphabet decides between equals
ranked_categories as (

    select
        category,
        customer_count,
        row_number() over (order by customer_count desc, category) as category_rank
    from category_customers

)

select * from ranked_categories
