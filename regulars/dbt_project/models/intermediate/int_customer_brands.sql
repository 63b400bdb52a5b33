-- depends_on: {{ ref('stg_night') }}
with

brand_amounts as (

    select
        handles.customer_number,
        products.brand,
        sum(lines.amount) as amount
    from {{ ref('int_order_lines') }} as lines
    inner join {{ ref('stg_products') }} as products
        on
            lines.source = products.source
            and lines.product_ref = products.product_ref
    inner join {{ ref('int_customer_handles') }} as handles
        on lines.handle_id = handles.handle_id
    where lines.line_date > {{ days_before_tonight(365) }} and products.brand is not null
    group by handles.customer_number, products.brand

),

-- the alphabet decides between equal amounts
ranked_brands as (

    select
        *,
        row_number() over (partition by customer_number order by amount desc, brand asc) as brand_rank
    from brand_amounts

),

customer_brands as (

    select
        customer_number,
        brand as favourite_brand
    from ranked_brands
    where brand_rank = 1

)

select * from customer_brands
