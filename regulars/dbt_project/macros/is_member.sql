{#- Whether a segment takes a customer, or has her since last night, as it is defined now, and does not let her go. -#}
{% macro is_member(segment) -%}
    ({{ segment.predicate }})
    {%- if segment.leave_when %}
    or (
        coalesce(not ({{ segment.leave_when }}), true)
        and customer_id in (
            select memberships.customer_id from {{ ref('stg_previous_segment_history') }} as memberships
            where
                memberships.exited_date is null
                and memberships.segment_id = {{ quoted(segment.segment_id) }}
                and memberships.definition_hash = {{ quoted(segment.definition_hash) }}
        )
    )
    {%- endif %}
{%- endmacro %}
