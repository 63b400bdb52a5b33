"""Events as they are posted, taken out of their list."""

from tests.unit.landing.presets.sample import Sample, json_lines


def event(ref: str, kind: str, epoch: object = 1774744200, **more: object) -> dict[str, object]:
    return {
        "email": "ada@example.com",
        "timestamp": epoch,
        "event": kind,
        "category": ["spring_offer", "letters"],
        "sg_event_id": ref,
        "sg_message_id": "m1.filter0001",
        "smtp-id": "<m1@ismtpd1>",
    } | more


SAMPLE = Sample(
    files={
        "2026-03-29.jsonl": json_lines(
            [
                event("e1", "processed", pool={"name": "main", "id": 2}),
                event("e2", "deferred", response="400 try again later", attempt="5"),
                event("e3", "delivered", response="250 OK", regulars_decision_id="d_1"),
                event(
                    "e4", "open", 1774744260, useragent="Mozilla/5.0", ip="192.0.2.7", sg_machine_open=True
                ),
                event(
                    "e5", "open", 1774744320, useragent="Mozilla/4.0", ip="192.0.2.7", sg_machine_open=False
                ),
                event("e6", "click", 1774744380, url="https://tulips.example/mugs", category="spring_offer"),
                event(
                    "e7",
                    "bounce",
                    reason="550 unknown",
                    status="5.0.0",
                    type="bounce",
                    email="gone@example.com",
                ),
                event("e8", "bounce", reason="421 too busy", status="4.0.0", type="blocked"),
                event("e9", "dropped", reason="Bounced Address", status="5.0.0"),
                event("e10", "group_unsubscribe", asm_group_id=10),
                event("e11", "spamreport", email="ben@example.com"),
                event("e12", "unsubscribe", email="cy@example.com", category=None),
                event("e13", "group_resubscribe", asm_group_id=10),
                event("e14", "account_status_change"),
                event("e15", "delivered", "2026-03-29"),
                # posted twice, as webhooks are that got no answer
                event("e3", "delivered", response="250 OK", regulars_decision_id="d_1"),
            ]
        )
    },
    landed={
        "messages": """
message_ref | channel | action_ref | decision_id | email | event | occurred_at | is_machine | extras | reason
m1.filter0001 | email | spring_offer | - | ada@example.com | sent | 2026-03-29 00:30:00 | false | - | -
m1.filter0001 | email | spring_offer | d_1 | ada@example.com | delivered | 2026-03-29 00:30:00 | false | - | -
m1.filter0001 | email | spring_offer | - | ada@example.com | opened | 2026-03-29 00:31:00 | true | - | -
m1.filter0001 | email | spring_offer | - | ada@example.com | opened | 2026-03-29 00:32:00 | false | - | -
m1.filter0001 | email | spring_offer | - | ada@example.com | clicked | 2026-03-29 00:33:00 | false | - | -
m1.filter0001 | email | spring_offer | - | gone@example.com | bounced | 2026-03-29 00:30:00 | false | - | 550 unknown
m1.filter0001 | email | spring_offer | - | ada@example.com | failed | 2026-03-29 00:30:00 | false | - | 421 too busy
m1.filter0001 | email | spring_offer | - | ada@example.com | failed | 2026-03-29 00:30:00 | false | - | Bounced Address
m1.filter0001 | email | spring_offer | - | ada@example.com | unsubscribed | 2026-03-29 00:30:00 | false | - | -
m1.filter0001 | email | spring_offer | - | ben@example.com | complained | 2026-03-29 00:30:00 | false | - | -
m1.filter0001 | email | - | - | cy@example.com | unsubscribed | 2026-03-29 00:30:00 | false | - | -
""",
    },
    dead=[
        (
            "2026-03-29.jsonl",
            14,
            "event",
            (
                "is none of 'sent', 'delivered', 'opened', 'clicked', 'redeemed', 'bounced', 'failed', "
                "'unsubscribed', 'complained'"
            ),
        ),
        ("2026-03-29.jsonl", 15, "occurred_at", "is required and has no value"),
    ],
    skipped={"messages": 2},
)
