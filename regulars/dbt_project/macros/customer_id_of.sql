{#- The stable id of a person: nothing but the identifier it was made from goes in, so it never changes. -#}
{% macro customer_id_of(source, identifier_kind, identifier) -%}
    concat('c_', left(md5(concat({{ source }}, '|', {{ identifier_kind }}, '|', {{ identifier }})), 16))
{%- endmacro %}
