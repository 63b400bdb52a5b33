with

night as (

    select * from {{ ref('stg_night') }}

),

erasure_requests as (

    select * from {{ source('landing', 'erasure_requests') }}

),

erasure_requests_so_far as (

    select
        erasure_requests.source,
        erasure_requests.record_key,
        {{ row_place('erasure_requests') }} as row_place,
        erasure_requests.customer_ref,
        {{ clean_email('erasure_requests.email') }} as email,
        erasure_requests.phone,
        erasure_requests.requested_at,
        {{ local_date('erasure_requests.requested_at', 'night.time_zone') }} as requested_date
    from erasure_requests
    cross join night
    where {{ is_known('erasure_requests.requested_at') }}

),

identified_erasure_requests as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone']) }} as handle_id
    from erasure_requests_so_far

)

select * from identified_erasure_requests
