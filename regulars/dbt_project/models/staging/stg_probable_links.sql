with

probable_links as (

    select
        link_above,
        review_above,
        attributes,
        model
    from {{ source('settings', 'probable_links') }}

)

select * from probable_links
