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
        {{ row_place('customers') }} as row_place,
        customers.customer_ref,
        {{ clean_email('customers.email') }} as email,
        customers.phone,
        {{ name_letters("concat_ws(' ', customers.first_name, customers.last_name)") }} as person_name,
        customers.first_name,
        customers.last_name,
        customers.birth_date,
        customers.postal_code,
        customers.country,
        customers.language,
        customers.time_zone,
        customers.created_at,
        customers.updated_at,
        customers.loaded_date,
        cast(customers.attributes as {{ text_type() }}) as attributes,
        -- what was changed or loaded after the as-of day had changed by its end, as far as anybody knows
        least(
            coalesce(
                {{ local_date('coalesce(customers.updated_at, customers.created_at)', 'night.time_zone') }},
                customers.loaded_date
            ),
            night.as_of_date
        ) as changed_date,
        {{ local_date('customers.created_at', 'night.time_zone') }} as created_date
    from customers
    cross join night
    where {{ is_known('customers.created_at', if_unstated=true) }}

),

identified_customers as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone', 'person_name']) }} as handle_id
    from customers_so_far

)

select * from identified_customers
