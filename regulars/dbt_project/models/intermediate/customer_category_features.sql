with

top_categories as (

    select categories.category
    from {{ ref('int_categories_ranked') }} as categories
    cross join {{ ref('stg_training') }} as training
    where categories.category_rank <= training.category_count

),

-- a handle counts from the day on which evidence tied it to the customer; amounts are whole ten-thousandths
category_days as (

    select
        handles.customer_number,
        days.category,
        days.active_date,
        greatest(days.active_date, handles.linked_date) as known_date,
        sum(round(10000 * cast(days.line_amount as double))) as line_amount
    from {{ ref('customer_category_days') }} as days
    inner join top_categories
        on days.category = top_categories.category
    inner join {{ ref('int_customer_handles') }} as handles
        on days.handle_id = handles.handle_id
    group by handles.customer_number, days.category, days.active_date, known_date

),

-- of a day on which several of her handles bought, the one that was known first is the day
category_days_once as (

    select
        *,
        case
            when row_number() over (
                partition by customer_number, category, active_date
                order by known_date
            ) = 1 then 1
            else 0
        end as day_count
    from category_days

),

aged_days as (

    select
        as_of_dates.as_of_date,
        category_days_once.*,
        {{ days_between('category_days_once.active_date', 'as_of_dates.as_of_date') }} as age_days
    from category_days_once
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on {{ is_known_on('category_days_once.known_date', 'as_of_dates.as_of_date') }}

),

windowed as (

    select
        as_of_date,
        customer_number,
        category,
        min(age_days) as days_since_last_category_order,
        max(age_days) as days_since_first_category_order,
        {%- for days in [90, 365] %}
        count(case when age_days < {{ days }} and day_count = 1 then 1 end) as category_order_day_count_{{ days }}d,
        {%- endfor %}
        sum(case when age_days < 365 then line_amount end) / 10000 as category_order_amount_365d
    from aged_days
    group by as_of_date, customer_number, category

),

features as (

    select
        windowed.as_of_date,
        customers.customer_id,
        windowed.category,
        windowed.days_since_last_category_order,
        windowed.days_since_first_category_order,
        windowed.category_order_day_count_90d,
        windowed.category_order_day_count_365d,
        {{ money('windowed.category_order_amount_365d') }} as category_order_amount_365d
    from windowed
    inner join {{ ref('int_customer_clusters') }} as customers
        on windowed.customer_number = customers.cluster_id

)

select * from features
