-- depends_on: {{ ref('stg_night') }}
{%- set measures = {
    'score': 'double',
    'amount': 'decimal(18, 4)',
    'discount_amount': 'decimal(18, 4)',
    'refunded_amount': 'decimal(18, 4)',
    'event_count': 'bigint',
    'product_view_count': 'bigint',
    'cart_add_count': 'bigint',
    'pricing_view_count': 'bigint',
    'cancellation_view_count': 'bigint',
    'feature_use_count': 'bigint',
    'is_complaint': 'boolean',
} %}
{%- set kinds = {
    'order': {
        'facts': ref('int_orders'),
        'at': 'ordered_at',
        'date': 'order_date',
        'texts': {'status': 'status', 'subject': 'coupon_code', 'reference': 'order_ref'},
        'measures': ['amount', 'discount_amount', 'refunded_amount'],
    },
    'visit': {
        'facts': ref('customer_visits'),
        'at': 'first_at',
        'date': 'active_date',
        'place': 'first_row_place',
        'texts': {'reference': 'session_ref'},
        'measures': [
            'event_count', 'product_view_count', 'cart_add_count', 'pricing_view_count', 'cancellation_view_count',
            'feature_use_count',
        ],
    },
    'message': {
        'facts': ref('stg_messages'),
        'at': 'occurred_at',
        'date': 'message_date',
        'where': "event not in ('delivered', 'failed') and not is_machine",
        'texts': {'status': 'event', 'channel': 'channel', 'subject': 'action_ref', 'reference': 'message_ref'},
    },
    'ticket': {
        'facts': ref('stg_tickets'),
        'at': 'opened_at',
        'date': 'opened_date',
        'texts': {'status': "'opened'", 'channel': 'channel', 'subject': 'topic', 'reference': 'ticket_ref'},
        'measures': ['is_complaint'],
    },
    'ticket_solved': {
        'kind': 'ticket',
        'facts': ref('stg_tickets'),
        'at': 'solved_at',
        'date': 'solved_date',
        'texts': {
            'status': "'solved'",
            'channel': 'channel',
            'subject': 'topic',
            'content': 'satisfaction',
            'reference': 'ticket_ref',
        },
        'measures': ['is_complaint'],
    },
    'survey_response': {
        'facts': ref('stg_survey_responses'),
        'at': 'answered_at',
        'date': 'answered_date',
        'texts': {'subject': 'kind', 'content': 'text', 'reference': 'about_ref'},
        'measures': ['score'],
    },
    'consent': {
        'facts': ref('stg_consents'),
        'at': 'stated_at',
        'date': 'stated_date',
        'texts': {'status': 'status', 'channel': 'channel', 'subject': 'purpose', 'content': 'basis'},
    },
    'preference': {
        'facts': ref('stg_preferences'),
        'at': 'stated_at',
        'date': 'stated_date',
        'texts': {'subject': 'preference_key', 'content': 'preference_value'},
    },
} %}

with

entries as (
    {% for kind, told in kinds.items() %}
    select
        facts.handle_id,
        facts.{{ told.at }} as occurred_at,
        facts.{{ told.date }} as occurred_date,
        '{{ told.get("kind", kind) }}' as kind,
        facts.source,
        {%- for text in ['status', 'channel', 'subject', 'content', 'reference'] %}
        cast({{ told.texts.get(text, 'null') }} as {{ text_type() }}) as {{ text }},
        {%- endfor %}
        {%- for measure, type in measures.items() %}
        cast({{ 'facts.' ~ measure if measure in told.get('measures', []) else 'null' }} as {{ type }}) as {{ measure }},
        {%- endfor %}
        facts.{{ told.get('place', 'row_place') }} as row_place
    from {{ told.facts }} as facts
    where
        facts.{{ told.date }} > {{ days_before_tonight('timeline_days') }}
        and {{ told.get('where', 'true') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

customer_timeline as (

    select
        handles.customer_id,
        entries.occurred_at,
        entries.occurred_date,
        entries.kind,
        entries.source,
        entries.status,
        entries.channel,
        entries.subject,
        entries.content,
        entries.reference,
        {%- for measure in measures %}
        entries.{{ measure }},
        {%- endfor %}
        cast((entries.row_place - entries.row_place % 10000000000) / 10000000000 as bigint) as file_id,
        cast(entries.row_place % 10000000000 as bigint) as row_number
    from entries
    inner join {{ ref('int_customer_handles') }} as handles
        on entries.handle_id = handles.handle_id

)

select * from customer_timeline
