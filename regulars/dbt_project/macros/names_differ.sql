{#-
    Whether one word of two names, the first (1) or the last (-1), can hardly be the same: neither begins with the
    other, as Katherine begins with Kat, and they are less alike than typing errors and spellings leave them.
    Unknown names differ from none. Ordered, so that of each pair of names one order is looked at.
-#}
{% macro names_differ(one, other, part) -%}
    coalesce(
        {{ one }} < {{ other }}
        and {{ words_differ("split_part(" ~ one ~ ", ' ', " ~ part ~ ")", "split_part(" ~ other ~ ", ' ', " ~ part ~ ")") }},
        false
    )
{%- endmacro %}

{% macro words_differ(one, other) -%}
    {{ return(adapter.dispatch('words_differ', 'regulars')(one, other)) }}
{%- endmacro %}

{% macro default__words_differ(one, other) -%}
    jaro_winkler_similarity({{ one }}, {{ other }}) < 0.8
    and not starts_with({{ one }}, {{ other }}) and not starts_with({{ other }}, {{ one }})
{%- endmacro %}

{% macro spark__words_differ(one, other) -%}
    levenshtein({{ one }}, {{ other }}) > greatest(length({{ one }}), length({{ other }})) / 3
    and not startswith({{ one }}, {{ other }}) and not startswith({{ other }}, {{ one }})
{%- endmacro %}
