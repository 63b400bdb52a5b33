{#- Tonight's features with the scores of the night before, for segments that are predictive. -#}
{% macro scored_features() -%}
    select
        features.*,
        scores.churn_probability,
        scores.churn_percentile,
        scores.expected_amount_90d,
        scores.amount_percentile_90d,
        scores.expected_amount_365d,
        scores.amount_percentile_365d
    from features
    left join {{ ref('int_previous_scores') }} as scores
        on features.customer_id = scores.customer_id
{%- endmacro %}
