{#- What a handle is made of besides its source; all but the name identify, in the order of trust. -#}
{% macro handle_columns() -%}
    {{ return(['customer_ref', 'visit_customer_ref', 'email', 'phone', 'anonymous_ref', 'person_name']) }}
{%- endmacro %}
