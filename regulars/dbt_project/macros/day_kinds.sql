{#-
    What customer_days counts and sums of each kind of facts, by day: where the facts are, their day and time, the
    condition of every count, the amount of every sum and of every maximum. More counts and sums come from elsewhere:
    those of order lines and visits. A fact counts once in fact_count.
-#}
{% macro day_kinds() -%}
    {{ return({
        'order': {
            'facts': 'int_orders',
            'day': 'order_date',
            'at': 'ordered_at',
            'counts': {
                'order_count': 'true',
                'discounted_order_count': 'discount_amount > 0',
                'coupon_order_count': 'coupon_code is not null',
                'gift_order_count': 'is_gift',
                'spanning_row_count': 'is_spanning',
            },
            'sums': {
                'order_amount': 'amount',
                'discount_amount': 'discount_amount',
                'refunded_amount': 'refunded_amount',
            },
            'maxima': {'largest_order_amount': 'amount'},
            'more_counts': ['line_count'],
            'more_sums': ['unit_count', 'returned_unit_count', 'line_amount'],
        },
        'message': {
            'facts': 'stg_messages',
            'day': 'message_date',
            'at': 'occurred_at',
            'counts': {
                'messages_sent': "event = 'sent'",
                'messages_opened': "event = 'opened' and not is_machine",
                'messages_clicked': "event = 'clicked' and not is_machine",
                'messages_redeemed': "event = 'redeemed'",
                'messages_bounced': "event = 'bounced'",
                'messages_refused': "event in ('unsubscribed', 'complained')",
                'messages_complained': "event = 'complained'",
                'emails_sent': "channel = 'email' and event = 'sent'",
                'emails_clicked': "channel = 'email' and event = 'clicked' and not is_machine",
                'sms_sent': "channel = 'sms' and event = 'sent'",
                'sms_clicked': "channel = 'sms' and event = 'clicked' and not is_machine",
                'pushes_sent': "channel = 'push' and event = 'sent'",
                'pushes_clicked': "channel = 'push' and event = 'clicked' and not is_machine",
            },
        },
        'event': {
            'day': 'event_date',
            'at': 'occurred_at',
            'counts': {
                'event_count': 'true',
                'product_view_count': "event_type = 'product_viewed'",
                'search_count': "event_type = 'products_searched'",
                'cart_add_count': "event_type = 'product_added'",
                'checkout_count': "event_type = 'checkout_started'",
                'pricing_view_count': "event_type = 'pricing_viewed'",
                'cancellation_view_count': "event_type = 'cancellation_page_viewed'",
                'feature_use_count': "event_type = 'feature_used'",
                'sign_in_count': "event_type = 'signed_in'",
            },
            'more_counts': ['visit_count', 'mobile_visit_count'],
        },
        'ticket': {
            'facts': 'stg_tickets',
            'day': 'opened_date',
            'at': 'opened_at',
            'counts': {'ticket_count': 'true', 'complaint_count': 'is_complaint'},
        },
        'survey_response': {
            'facts': 'stg_survey_responses',
            'day': 'answered_date',
            'at': 'answered_at',
            'counts': {'survey_response_count': 'true'},
        },
    }) }}
{%- endmacro %}
