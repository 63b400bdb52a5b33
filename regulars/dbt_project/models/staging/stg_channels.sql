with

channels as (

    select channel
    from {{ source('settings', 'channels') }}

)

select * from channels
