{#-
    The texts of a group in the order of the alphabet, separated; null where all are. A sorted aggregate, which
    `dbt.listagg` is with an order, keeps buffers per group that no limit of memory counts on.
-#}
{% macro sorted_texts(text, separator) -%}
    {{ return(adapter.dispatch('sorted_texts', 'regulars')(text, separator)) }}
{%- endmacro %}

{% macro default__sorted_texts(text, separator) -%}
    array_to_string(list_sort(list({{ text }}) filter (where {{ text }} is not null)), {{ separator }})
{%- endmacro %}

{% macro spark__sorted_texts(text, separator) -%}
    nullif(array_join(array_sort(collect_list({{ text }})), {{ separator }}), '')
{%- endmacro %}
