{#- The channel on which a customer clicked most per message of 90 days; null without a click. -#}
{% macro inferred_channel() -%}
    {%- set channels = {'email': 'emails', 'sms': 'sms', 'push': 'pushes'} -%}
    {%- set shares = [] -%}
    {%- for name in channels.values() -%}
        {%- do shares.append('coalesce(' ~ ratio('features.' ~ name ~ '_clicked_90d', 'features.' ~ name ~ '_sent_90d') ~ ', 0)') -%}
    {%- endfor -%}
    case
        when greatest({{ shares | join(', ') }}) = 0 then null
        {%- for channel in channels %}
        when greatest({{ shares | join(', ') }}) = {{ shares[loop.index0] }} then '{{ channel }}'
        {%- endfor %}
    end
{%- endmacro %}
