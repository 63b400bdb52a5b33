{#- The engine's name for text of any length. -#}
{% macro text_type() -%}
    {{ return(adapter.dispatch('text_type', 'regulars')()) }}
{%- endmacro %}

{% macro default__text_type() -%}
    varchar
{%- endmacro %}

{% macro spark__text_type() -%}
    string
{%- endmacro %}
