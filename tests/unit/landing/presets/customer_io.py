"""Reporting webhooks, one object a line."""

from tests.unit.landing.presets.sample import Sample, json_lines


def event(ref: str, kind: str, metric: str, epoch: object = 1774744200, **data: object) -> dict[str, object]:
    told = {
        "customer_id": "42",
        "identifiers": {"id": "42", "email": "ada@example.com", "cio_id": "c10"},
        "delivery_id": "dgTQ",
        "campaign_id": 7,
        "recipient": "ada@example.com",
    }
    return {"event_id": ref, "object_type": kind, "metric": metric, "timestamp": epoch, "data": told | data}


SAMPLE = Sample(
    files={
        "2026-03-29.jsonl": json_lines(
            [
                event("e1", "email", "drafted"),
                event("e2", "email", "sent", subject="Spring"),
                event("e3", "email", "opened", prefetched=True),
                event("e4", "email", "opened", proxied=True),
                event("e5", "email", "opened", 1774744260, prefetched=False, proxied=False),
                event("e6", "email", "clicked", machine=True, href="https://tulips.example"),
                event("e7", "email", "spammed", campaign_id=None, newsletter_id=3),
                event("e8", "sms", "delivered", recipient="+442079460000", identifiers={"id": "42"}),
                event("e9", "email", "bounced", identifiers=None, recipient="gone@example.com"),
                event("e10", "customer", "unsubscribed"),
                event("e11", "customer", "subscribed", 1774744300),
                event("e12", "customer", "cio_subscription_preferences_changed"),
                event("e13", "push", "failed"),
                event("e14", "email", "delivered", "soon"),
            ]
        )
    },
    landed={
        "messages": """
message_ref | channel | action_ref | customer_ref | email | phone | event | occurred_at | is_machine
dgTQ | email | 7 | 42 | ada@example.com | - | sent | 2026-03-29 00:30:00 | false
dgTQ | email | 7 | 42 | ada@example.com | - | opened | 2026-03-29 00:30:00 | true
dgTQ | email | 7 | 42 | ada@example.com | - | opened | 2026-03-29 00:30:00 | true
dgTQ | email | 7 | 42 | ada@example.com | - | opened | 2026-03-29 00:31:00 | false
dgTQ | email | 7 | 42 | ada@example.com | - | clicked | 2026-03-29 00:30:00 | true
dgTQ | email | 3 | 42 | ada@example.com | - | complained | 2026-03-29 00:30:00 | false
dgTQ | sms | 7 | 42 | - | +442079460000 | delivered | 2026-03-29 00:30:00 | false
dgTQ | email | 7 | 42 | gone@example.com | - | bounced | 2026-03-29 00:30:00 | false
dgTQ | push | 7 | 42 | ada@example.com | - | failed | 2026-03-29 00:30:00 | false
""",
        "consents": """
customer_ref | email | channel | purpose | status | stated_at
42 | ada@example.com | email | marketing | withdrawn | 2026-03-29 00:30:00
42 | ada@example.com | email | marketing | granted | 2026-03-29 00:31:40
42 | ada@example.com | sms | marketing | withdrawn | 2026-03-29 00:30:00
42 | ada@example.com | push | marketing | withdrawn | 2026-03-29 00:30:00
""",
    },
    dead=[("2026-03-29.jsonl", 14, "occurred_at", "is required and has no value")],
    skipped={"messages": 4, "consents": 38},
)
