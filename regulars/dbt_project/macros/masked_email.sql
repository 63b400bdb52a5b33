{#- An e-mail address of which only the first letter and the domain can be read; nothing of what is none. -#}
{% macro masked_email(email) -%}
    case
        when {{ email }} like '%__@%.%' then left({{ email }}, 1) || '***@' || {{ dbt.split_part(email, "'@'", -1) }}
        when {{ email }} is not null then '***'
    end
{%- endmacro %}
