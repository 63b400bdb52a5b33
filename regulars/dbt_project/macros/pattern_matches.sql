{#- Who fulfils a pattern: the entries of `timeline` that begin it, with what followed or the day until which nothing did. -#}
{% macro pattern_matches(pattern) -%}
    select
        entries.customer_id,
        {{ quoted(pattern.pattern_id) }} as pattern_id,
        entries.occurred_at as started_at,
        entries.occurred_date as started_date,
    {%- if pattern.sequel == 'then' %}
        min(sequels.occurred_date) as completed_date,
        entries.evidence_id,
        min_by(sequels.evidence_id, row(sequels.occurred_at, sequels.evidence_id)) as sequel_evidence_id
    {%- else %}
        {{ days_later('entries.occurred_date', pattern.within_days or 0) }} as completed_date,
        entries.evidence_id,
        cast(null as {{ text_type() }}) as sequel_evidence_id
    {%- endif %}
    from (select * from timeline where kind = {{ quoted(pattern.entry_kind) }} and ({{ pattern.entry_predicate }})) as entries
    {%- if pattern.sequel %}
    {{ 'inner' if pattern.sequel == 'then' else 'left' }} join (
        select * from timeline where kind = {{ quoted(pattern.sequel_kind) }} and ({{ pattern.sequel_predicate }})
    ) as sequels
        on
            entries.customer_id = sequels.customer_id
            and sequels.occurred_at > entries.occurred_at
            and sequels.occurred_date <= {{ days_later('entries.occurred_date', pattern.within_days) }}
    {%- endif %}
    {%- if pattern.sequel == 'then' %}
    group by entries.customer_id, entries.occurred_at, entries.occurred_date, entries.evidence_id
    {%- elif pattern.sequel == 'without' %}
    where sequels.customer_id is null
    {%- endif %}
{%- endmacro %}
