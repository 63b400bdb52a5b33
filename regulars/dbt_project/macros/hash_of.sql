{#- A number of 64 bits for a list of texts. Never for what leaves the warehouse: it differs from engine to engine. -#}
{% macro hash_of(texts) -%}
    {{ return(adapter.dispatch('hash_of', 'regulars')(texts)) }}
{%- endmacro %}

{% macro default__hash_of(texts) -%}
    hash({% for text in texts %}cast({{ text }} as varchar){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro spark__hash_of(texts) -%}
    xxhash64({% for text in texts %}coalesce(cast({{ text }} as string), '\u0000'){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
