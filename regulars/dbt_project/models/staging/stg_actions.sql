with

actions as (

    select
        action_id,
        name,
        offer
    from {{ source('settings', 'actions') }}

)

select * from actions
