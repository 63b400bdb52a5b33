{#- The id of an identifier; `system` is empty for what is the same in every system: e-mail addresses, phones. -#}
{% macro node_of(identifier_kind, system, identifier) -%}
    {{ hash_of([identifier_kind, system, identifier]) }}
{%- endmacro %}
