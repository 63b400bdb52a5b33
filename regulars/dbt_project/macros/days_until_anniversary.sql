{#- Whole days from a date to the next return of another's day and month, 0 on the day; 29 February returns on the
    28th in common years. -#}
{% macro days_until_anniversary(of, day) -%}
    {{ return(adapter.dispatch('days_until_anniversary', 'regulars')(of, day)) }}
{%- endmacro %}

{% macro default__days_until_anniversary(of, day) -%}
    {%- set this_year = 'cast(' ~ of ~ ' + to_years(year(' ~ day ~ ') - year(' ~ of ~ ')) as date)' -%}
    {%- set next_year = 'cast(' ~ of ~ ' + to_years(1 + year(' ~ day ~ ') - year(' ~ of ~ ')) as date)' -%}
    date_diff('day', {{ day }}, case when {{ this_year }} >= {{ day }} then {{ this_year }} else {{ next_year }} end)
{%- endmacro %}

{% macro spark__days_until_anniversary(of, day) -%}
    {%- set this_year = 'add_months(' ~ of ~ ', 12 * (year(' ~ day ~ ') - year(' ~ of ~ ')))' -%}
    {%- set next_year = 'add_months(' ~ of ~ ', 12 * (1 + year(' ~ day ~ ') - year(' ~ of ~ ')))' -%}
    datediff(case when {{ this_year }} >= {{ day }} then {{ this_year }} else {{ next_year }} end, {{ day }})
{%- endmacro %}
