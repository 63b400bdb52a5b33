{#-
    Events of some days with whom they are about, and their handle. Whoever logs in is whom the whole visit of that day
    is about, unless several do. `days` is a condition on event_date and occurred_at, and `which` one more on the events
    that are wanted, of whose visits all events count.
-#}
{% macro identified_events(days, which='true') -%}
    select
        *,
        {{ handle_of(['customer_ref', 'visit_customer_ref', 'anonymous_ref']) }} as handle_id
    from (
        select
            events.*,
            case when events.customer_ref is null then visits.customer_ref end as visit_customer_ref
        from (
            select * from {{ ref('stg_events') }}
            where (customer_ref is not null or anonymous_ref is not null) and {{ days }} and {{ which }}
        ) as events
        left join (
            select
                source,
                session_ref,
                event_date,
                min(customer_ref) as customer_ref
            from {{ ref('stg_events') }}
            where session_ref is not null and customer_ref is not null and {{ days }}
            group by source, session_ref, event_date
            having min(customer_ref) = max(customer_ref)
        ) as visits
            on
                events.source = visits.source
                and events.session_ref = visits.session_ref
                and events.event_date = visits.event_date
    ) as events_of_visits
{%- endmacro %}
