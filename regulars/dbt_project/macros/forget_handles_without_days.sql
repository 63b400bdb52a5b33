{#- Removes from a table of handles those of which no day is left. -#}
{% macro forget_handles_without_days() -%}
    {%- if is_incremental() -%}
    delete from {{ this }}
    where handle_id not in (select days.handle_id from {{ ref('customer_days') }} as days)
    {%- endif -%}
{%- endmacro %}
