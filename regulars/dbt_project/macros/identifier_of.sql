{#-
    The identifier a fact is filed under: the first of account, e-mail, phone and anonymous id that it carries.
    Takes columns that are already clean; a fact without any of them has neither kind nor identifier.
-#}
{% macro identifier_of(customer_ref=none, email=none, phone=none, anonymous_ref=none) -%}
    {%- set candidates = [
        ('account', customer_ref), ('email', email), ('phone', phone), ('anonymous', anonymous_ref)
    ] | rejectattr(1, 'none') | list -%}
    case
        {%- for kind, column in candidates %}
        when {{ column }} is not null then '{{ kind }}'
        {%- endfor %}
    end as identifier_kind,
    coalesce({{ candidates | map(attribute=1) | join(', ') }}, null) as identifier
{%- endmacro %}
