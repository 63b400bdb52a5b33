with

customer_handles as (

    select
        handles.handle_id,
        customers.customer_id,
        handles.first_seen_date
    from {{ ref('int_handles') }} as handles
    inner join {{ ref('int_handle_clusters') }} as clusters
        on handles.handle_id = clusters.handle_id
    inner join {{ ref('int_customer_clusters') }} as customers
        on clusters.cluster_id = customers.cluster_id

)

select * from customer_handles
