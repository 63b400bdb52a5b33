with

night as (

    select * from {{ ref('stg_night') }}

),

customers as (

    select * from {{ source('landing', 'customers') }}

),

customers_so_far as (

    select
        customers.source,
        customers.record_key,
        {{ clean_text('customers.customer_ref') }} as customer_ref,
        {{ clean_email('customers.email') }} as email,
        {{ clean_text('customers.phone') }} as phone,
        customers.first_name,
        customers.last_name,
        customers.birth_date,
        customers.postal_code,
        customers.country,
        customers.language,
        customers.time_zone,
        customers.created_at,
        customers.updated_at,
        cast(customers.attributes as {{ text_type() }}) as attributes,
        {{ local_date('customers.created_at', 'night.time_zone') }} as created_date
    from customers
    cross join night
    where {{ is_known('customers.created_at', if_unstated=true) }}

),

identified_customers as (

    select
        *,
        {{ identifier_of(customer_ref='customer_ref', email='email', phone='phone') }}
    from customers_so_far

)

select * from identified_customers
