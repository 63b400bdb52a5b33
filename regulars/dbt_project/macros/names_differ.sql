{#-
    Whether one word of two names, the first (1) or the last (-1), can hardly be the same. Unknown names differ from
    none. Ordered, so that of each pair of names one order is looked at.
-#}
{% macro names_differ(one, other, part) -%}
    coalesce(
        {{ one }} < {{ other }}
        and not {{ same_word("split_part(" ~ one ~ ", ' ', " ~ part ~ ")", "split_part(" ~ other ~ ", ' ', " ~ part ~ ")") }},
        false
    )
{%- endmacro %}

{#-
    Short forms (Kat, Katherine) and spellings (Renee, Renae) are one name; Maria and Mario, or Carl and Carla, are
    two, for the names of a couple are often alike but for their ends.
-#}
{% macro same_word(one, other) -%}
    (
        {{ one }} = {{ other }}
        or (right({{ one }}, 1) = right({{ other }}, 1) and {{ are_alike(one, other) }})
        or (
            (
                left({{ one }}, length({{ other }})) = {{ other }}
                or left({{ other }}, length({{ one }})) = {{ one }}
            )
            and not (
                abs(length({{ one }}) - length({{ other }})) = 1
                and right(case when length({{ one }}) > length({{ other }}) then {{ one }} else {{ other }} end, 1)
                in ('a', 'e', 'o', 'y')
            )
        )
    )
{%- endmacro %}

{% macro are_alike(one, other) -%}
    {{ return(adapter.dispatch('are_alike', 'regulars')(one, other)) }}
{%- endmacro %}

{% macro default__are_alike(one, other) -%}
    jaro_winkler_similarity({{ one }}, {{ other }}) >= 0.85
{%- endmacro %}

{% macro spark__are_alike(one, other) -%}
    levenshtein({{ one }}, {{ other }}) <= greatest(length({{ one }}), length({{ other }})) / 4
{%- endmacro %}
