{#-
    The shortest window that holds a day of this age; null beyond all. Rows are brought together by it before the windows
    are summed, which takes half of the time that one sum per row and window takes.
-#}
{% macro within_days(age='age_days') -%}
    case
        {%- for days in [7, 30, 90, 180, 365] %}
        when {{ age }} < {{ days }} then {{ days }}
        {%- endfor %}
    end
{%- endmacro %}
