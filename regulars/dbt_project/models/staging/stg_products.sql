with

products as (

    select * from {{ source('landing', 'products') }}

),

cleaned_products as (

    select
        products.source,
        products.record_key,
        products.product_ref,
        products.name as product_name,
        {{ clean_text('products.category') }} as category,
        products.brand,
        products.price as price_amount,
        products.cost as cost_amount,
        products.currency,
        products.is_active,
        products.stock_quantity
    from products

)

select * from cleaned_products
