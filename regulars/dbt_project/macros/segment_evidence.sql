{#- The values behind a membership as text: "(days_since_last_order = 91, order_count = 4)"; empty without columns. -#}
{% macro segment_evidence(evidence_columns) -%}
    {%- set columns = (evidence_columns or '').split(',') | map('trim') | select | list -%}
    {%- if not columns -%}
    ''
    {%- else -%}
    concat(
        ' (',
        {%- for column in columns %}
        '{{ column }} = ', coalesce(cast(features.{{ column }} as {{ text_type() }}), 'unknown'), '{{ ")" if loop.last else ", " }}'
        {{- "," if not loop.last }}
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}
