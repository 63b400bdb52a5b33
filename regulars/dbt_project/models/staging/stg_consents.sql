with

night as (

    select * from {{ ref('stg_night') }}

),

consents as (

    select * from {{ source('landing', 'consents') }}

),

consents_so_far as (

    select
        consents.source,
        consents.record_key,
        {{ row_place('consents') }} as row_place,
        consents.customer_ref,
        {{ clean_email('consents.email') }} as email,
        consents.phone,
        consents.channel,
        consents.purpose,
        consents.status,
        consents.stated_at,
        consents.jurisdiction,
        consents.basis,
        {{ local_date('consents.stated_at', 'night.time_zone') }} as stated_date
    from consents
    cross join night
    where {{ is_known('consents.stated_at') }}

),

identified_consents as (

    select
        *,
        {{ handle_of(['customer_ref', 'email', 'phone']) }} as handle_id
    from consents_so_far

)

select * from identified_consents
