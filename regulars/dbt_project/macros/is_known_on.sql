{#-
    Whether what is known since `date` was known on an as-of day. The coalesce is deliberate: DuckDB answers a bare
    inequality between two relations by sorting both, which takes as long as all else that is done with the days.
-#}
{% macro is_known_on(date, as_of_date) -%}
    coalesce({{ date }} <= {{ as_of_date }}, false)
{%- endmacro %}
