with

customer_handles as (

    select
        handles.handle_id,
        customers.customer_id,
        customers.cluster_id as customer_number,
        handles.first_seen_date,
        -- what is known of it without a date has always been known
        greatest(coalesce(handles.first_seen_date, date '1970-01-01'), clusters.linked_date) as linked_date
    from {{ ref('int_handles') }} as handles
    inner join {{ ref('int_handle_clusters') }} as clusters
        on handles.handle_id = clusters.handle_id
    inner join {{ ref('int_customer_clusters') }} as customers
        on clusters.cluster_id = customers.cluster_id

)

select * from customer_handles
