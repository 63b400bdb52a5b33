{#- The kinds of identifiers in the order in which they are trusted. -#}
{% macro kind_rank(identifier_kind) -%}
    case {{ identifier_kind }} when 'account' then 1 when 'email' then 2 when 'phone' then 3 else 4 end
{%- endmacro %}
