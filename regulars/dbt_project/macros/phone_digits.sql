{#-
    A phone number as we compare it: its digits without leading zeros, so that "+1 (555) 0100" is "0015550100".
    Only for comparing; what is dialled is the number as given.
-#}
{% macro phone_digits(column) -%}
    {{ return(adapter.dispatch('phone_digits', 'regulars')(column)) }}
{%- endmacro %}

{% macro default__phone_digits(column) -%}
    nullif(ltrim(regexp_replace({{ column }}, '[^0-9]', '', 'g'), '0'), '')
{%- endmacro %}

{% macro spark__phone_digits(column) -%}
    nullif(trim(leading '0' from regexp_replace({{ column }}, '[^0-9]', '')), '')
{%- endmacro %}
