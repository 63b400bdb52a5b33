with

products as (

    select * from {{ source('landing', 'products') }}

),

cleaned_products as (

    select
        source,
        record_key,
        product_ref,
        name as product_name,
        category,
        brand,
        price as price_amount,
        cost as cost_amount,
        currency,
        is_active,
        stock_quantity
    from products

)

select * from cleaned_products
