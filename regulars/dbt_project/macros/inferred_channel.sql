{#- The channel that a customer did not refuse on which she clicked most per message of 90 days; null without a click. -#}
{% macro inferred_channel() -%}
    {%- set channels = {'email': 'emails', 'sms': 'sms', 'push': 'pushes'} -%}
    {%- set shares = [] -%}
    {%- for channel, name in channels.items() -%}
        {%- set share = ratio('features.' ~ name ~ '_clicked_90d', 'features.' ~ name ~ '_sent_90d') -%}
        {%- do shares.append('coalesce(case when not ' ~ is_refused("'" ~ channel ~ "'") ~ ' then ' ~ share ~ ' end, 0)') -%}
    {%- endfor -%}
    case
        when greatest({{ shares | join(', ') }}) = 0 then null
        {%- for channel in channels %}
        when greatest({{ shares | join(', ') }}) = {{ shares[loop.index0] }} then '{{ channel }}'
        {%- endfor %}
    end
{%- endmacro %}
