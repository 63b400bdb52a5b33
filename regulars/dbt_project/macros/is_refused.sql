{#- Whether the person refused a purpose of a channel; `refusals` lists both, such as 'email/marketing, sms/marketing'. -#}
{% macro is_refused(channel, refusals='standings.refusals') -%}
    coalesce(position(concat(' ', {{ channel }}, '/') in concat(' ', {{ refusals }})) > 0, false)
{%- endmacro %}
