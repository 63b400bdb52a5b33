"""Events in a folder per type, as JSON lines with the fields of the vendor's schemas."""

from tests.unit.landing.presets.sample import Sample, json_lines

EMAIL = "dataexport/event_type=users.messages.email"
EXTRAS = '{"regulars_decision_id": "d_1"}'
STATE = "dataexport/event_type=users.behaviors.subscription.GlobalStateChange/date=2026-03-29-00/1.jsonl"


def event(ref: str, epoch: object = 1774744200, **more: object) -> dict[str, object]:
    return {
        "id": ref,
        "user_id": "5f1b",
        "dispatch_id": "d1",
        "external_user_id": "42",
        "time": epoch,
        "timezone": "Europe/London",
        "campaign_id": "spring",
        "campaign_name": "Spring offer",
        "email_address": "ada@example.com",
        "canvas_id": None,
        "ip_pool": "main",
        "app_group_id": "a1",
    } | more


def one(kind: str, *events: object) -> dict[str, str]:
    return {f"{EMAIL}.{kind}/date=2026-03-29-00/1.jsonl": json_lines(events)}


SAMPLE = Sample(
    keys={"accounts": "braze_currents"},
    files={
        **one(
            "Send",
            event("s1", message_extras=EXTRAS),
            event("s2", dispatch_id=None, campaign_id=None, campaign_name=None, canvas_id="welcome"),
            event("s1", message_extras=EXTRAS),
            event("s3", dispatch_id="d2", message_extras="no JSON"),
        ),
        **one("Delivery", event("d1", sending_ip="192.0.2.1"), event("d2", None)),
        **one(
            "Open", event("o1", machine_open=True), event("o2", machine_open=None, user_agent="Mozilla/5.0")
        ),
        **one(
            "Click", event("c1", is_suspected_bot_click=True, url="https://a"), event("c2", url="https://a")
        ),
        **one("Bounce", event("b1", email_address="gone@example.com", bounce_reason="550")),
        **one("SoftBounce", event("b2", bounce_reason="421")),
        **one("MarkAsSpam", event("m1")),
        **one("Unsubscribe", event("u1", external_user_id=None)),
        STATE: json_lines(
            [
                event("g1", channel="email", subscription_status="Unsubscribed", state_change_source="rest"),
                event(
                    "g2", 1774744300, channel="email", subscription_status="Subscribed", external_user_id="43"
                ),
                event("g3", channel="push", subscription_status="Subscribed"),
            ]
        ),
    },
    landed={
        "messages": """
message_ref | channel | action_ref | decision_id | customer_ref | email | event | occurred_at | is_machine
d1/5f1b | email | Spring offer | d_1 | 42 | ada@example.com | sent | 2026-03-29 00:30:00 | -
s2 | email | welcome | - | 42 | ada@example.com | sent | 2026-03-29 00:30:00 | -
d2/5f1b | email | Spring offer | - | 42 | ada@example.com | sent | 2026-03-29 00:30:00 | -
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | delivered | 2026-03-29 00:30:00 | -
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | opened | 2026-03-29 00:30:00 | true
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | opened | 2026-03-29 00:30:00 | false
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | clicked | 2026-03-29 00:30:00 | true
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | clicked | 2026-03-29 00:30:00 | false
d1/5f1b | email | Spring offer | - | 42 | gone@example.com | bounced | 2026-03-29 00:30:00 | -
d1/5f1b | email | Spring offer | - | 42 | ada@example.com | complained | 2026-03-29 00:30:00 | -
d1/5f1b | email | Spring offer | - | - | ada@example.com | unsubscribed | 2026-03-29 00:30:00 | -
""",
        "consents": """
customer_ref | email | channel | purpose | status | stated_at | basis
42 | ada@example.com | email | marketing | withdrawn | 2026-03-29 00:30:00 | rest
43 | ada@example.com | email | marketing | granted | 2026-03-29 00:31:40 | -
""",
    },
    dead=[(f"{EMAIL}.Delivery/date=2026-03-29-00/1.jsonl", 2, "occurred_at", "is required and has no value")],
    skipped={"consents": 1},
)
