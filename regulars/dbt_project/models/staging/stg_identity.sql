with

identity as (

    select
        country,
        profile_accounts,
        most_accounts
    from {{ source('settings', 'identity') }}

)

select * from identity
