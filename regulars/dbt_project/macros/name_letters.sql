{#- A name as one compares it: lower case, without accents and without anything but letters and single blanks; null without any. -#}
{% macro name_letters(name) -%}
    {{ return(adapter.dispatch('name_letters', 'regulars')(name)) }}
{%- endmacro %}

{% macro default__name_letters(name) -%}
    nullif(trim(regexp_replace(regexp_replace(strip_accents(lower({{ name }})), '[^\p{L} ]', '', 'g'), ' +', ' ', 'g')), '')
{%- endmacro %}

{% macro spark__name_letters(name) -%}
    nullif(trim(regexp_replace(regexp_replace(
        translate(lower({{ name }}), 'áàâäãåçéèêëíìîïñóòôöõúùûüý', 'aaaaaaceeeeiiiinooooouuuuy'), '[^\\p{L} ]', ''
    ), ' +', ' ')), '')
{%- endmacro %}
