"""Profiles and events as the API's resource objects, one a line."""

from tests.unit.landing.presets.sample import Sample, json_lines


def profile(
    ref: str, marketing: dict[str, object], sms: dict[str, object] | None = None, **more: object
) -> object:
    attributes = {
        "email": f"{ref}@example.com",
        "created": "2025-01-02T03:04:05+00:00",
        "updated": "2026-03-01T10:00:00+01:00",
        "location": {"zip": "02110", "timezone": "America/New_York", "ip": "192.0.2.7"},
        "properties": {"favourite": "tea"},
        "subscriptions": {"email": {"marketing": marketing}, "sms": {"marketing": sms or {}}},
    }
    return {
        "type": "profile",
        "id": f"01{ref}",
        "attributes": attributes | more,
        "links": {"self": "https://a"},
    }


def event(uuid: str, ref: str, epoch: int | str, **properties: object) -> object:
    return {
        "type": "event",
        "id": f"e{uuid}",
        "attributes": {"uuid": uuid, "timestamp": epoch, "event_properties": properties},
        "relationships": {"profile": {"data": {"type": "profile", "id": f"01{ref}"}}},
    }


YES = {"consent": "SUBSCRIBED", "can_receive_email_marketing": True, "method": "FORM", "suppression": []}
CAMPAIGN = {"$message": "C1", "Campaign Name": "win_back"}
BOUNCED = [{"reason": "HARD_BOUNCE", "timestamp": "2026-02-02T00:00:00+00:00"}]

SAMPLE = Sample(
    files={
        "profiles_1.jsonl": json_lines(
            [
                profile(
                    "ada",
                    YES | {"consent_timestamp": "2025-06-01T12:00:00+02:00"},
                    {"consent": "SUBSCRIBED", "can_receive_sms_marketing": True, "consent_timestamp": None},
                    phone_number="+442079460000",
                    first_name="Ada",
                ),
                profile(
                    "ben",
                    {"consent": "UNSUBSCRIBED", "can_receive_email_marketing": False}
                    | {
                        "consent_timestamp": "2025-06-01T00:00:00+00:00",
                        "last_updated": "2026-01-05T08:00:00+00:00",
                    },
                ),
                # who subscribed and then bounced may not be written to
                profile(
                    "cy",
                    YES | {"suppression": BOUNCED, "last_updated": "2026-02-02T00:00:00+00:00"},
                ),
                # nothing stands against an address from which nothing was heard
                profile("di", {"consent": "NEVER_SUBSCRIBED", "can_receive_email_marketing": True}),
            ]
        ),
        "receive_1.jsonl": json_lines(
            [
                event("u1", "ada", 1767225600, **CAMPAIGN),
                event("u9", "ada", "soon"),
                event("u7", "ben", 1767225600, **CAMPAIGN | {"$flow": "F1", "Campaign Name": "Welcome"}),
            ]
        ),
        "open_1.jsonl": json_lines(
            [
                event("u2", "ada", 1767225700, **CAMPAIGN | {"Apple Privacy Open": True}),
                event("u3", "ben", 1767225800, **{"Apple Privacy Open": False}),
            ]
        ),
        "click_1.jsonl": json_lines([event("u4", "ben", 1767225900)]),
        "mark_as_spam_1.jsonl": json_lines([event("u5", "cy", 1767226000)]),
        "unsubscribe_1.jsonl": json_lines([event("u6", "ben", 1767600000)]),
    },
    landed={
        "customers": """
customer_ref | email | phone | first_name | postal_code | time_zone | created_at | updated_at
01ada | ada@example.com | +442079460000 | Ada | 02110 | America/New_York | 2025-01-02 03:04:05 | 2026-03-01 09:00:00
01ben | ben@example.com | - | - | 02110 | America/New_York | 2025-01-02 03:04:05 | 2026-03-01 09:00:00
01cy | cy@example.com | - | - | 02110 | America/New_York | 2025-01-02 03:04:05 | 2026-03-01 09:00:00
01di | di@example.com | - | - | 02110 | America/New_York | 2025-01-02 03:04:05 | 2026-03-01 09:00:00
""",
        "consents": """
customer_ref | email | phone | channel | status | stated_at | basis
01ada | - | +442079460000 | sms | granted | 1990-01-01 00:00:00 | -
01ada | ada@example.com | - | email | granted | 2025-06-01 10:00:00 | FORM
01ben | ben@example.com | - | email | withdrawn | 2026-01-05 08:00:00 | -
01cy | cy@example.com | - | email | denied | 2026-02-02 00:00:00 | FORM
""",
        "messages": """
message_ref | customer_ref | channel | action_ref | event | occurred_at | is_machine
C1/01ada | 01ada | email | win_back | sent | 2026-01-01 00:00:00 | -
u7 | 01ben | email | Welcome | sent | 2026-01-01 00:00:00 | -
C1/01ada | 01ada | email | win_back | opened | 2026-01-01 00:01:40 | true
u3 | 01ben | email | - | opened | 2026-01-01 00:03:20 | false
u4 | 01ben | email | - | clicked | 2026-01-01 00:05:00 | -
u5 | 01cy | email | - | complained | 2026-01-01 00:06:40 | -
u6 | 01ben | email | - | unsubscribed | 2026-01-05 08:00:00 | -
""",
    },
    dead=[("receive_1.jsonl", 2, "occurred_at", "is required and has no value")],
    skipped={"consents": 4},
)
