{#-
    The shortest window that holds a day of `age_days`; null beyond all. Rows are brought together by it before the windows
    are summed, which takes half of the time that one sum per row and window takes.
-#}
{% macro within_days() -%}
    case
        {%- for days in [7, 30, 90, 180, 365] %}
        when age_days < {{ days }} then {{ days }}
        {%- endfor %}
    end
{%- endmacro %}
