{#-
    The id of a handle, which is all that one fact says of whom it is about, together: the identifiers that it
    carries, the account that was logged in during the visit, and the name. `columns` are those of handle_columns
    that the fact has, already clean; null for a fact without any identifier. Numbers join many times faster than texts.
-#}
{% macro handle_of(columns) -%}
    {%- set texts = ['source'] -%}
    {%- for column in handle_columns() -%}
        {%- do texts.append(column if column in columns else 'null') -%}
    {%- endfor -%}
    case
        when coalesce({{ columns | reject('equalto', 'person_name') | join(', ') }}, null) is not null
            then {{ hash_of(texts) }}
    end
{%- endmacro %}
