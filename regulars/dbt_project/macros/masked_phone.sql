{#- A phone number of which only the last two digits can be read; nothing of what is too short for one. -#}
{% macro masked_phone(phone) -%}
    case
        when length({{ phone }}) >= 7 then '***' || right({{ phone }}, 2)
        when {{ phone }} is not null then '***'
    end
{%- endmacro %}
