{#-
    The days of an incremental table that may no longer be what a full refresh would give, later days aside:
      - a file loaded, or dead letters replayed, since the table was built touched them,
      - an order with facts on several days has one here, now or when the table was built: such an order can
        change on a day that nothing touched.
    The table must carry built_file_id, and spanning_row_count unless it is not about `orders`.
-#}
{% macro stale_days(orders=true) -%}
    select touched.touched_date as stale_date
    from {{ ref('stg_touched_days') }} as touched
    where
        touched.touched_date is not null
        and touched.file_id > (select coalesce(max(built.built_file_id), 0) from {{ this }} as built)
    {%- if orders %}
    union all
    select built.active_date as stale_date
    from {{ this }} as built
    where built.spanning_row_count > 0
    union all
    select orders.order_date as stale_date
    from {{ ref('int_orders') }} as orders
    where orders.is_spanning
    union all
    select lines.line_date as stale_date
    from {{ ref('int_order_lines') }} as lines
    where lines.is_spanning
    {%- endif %}
{%- endmacro %}
