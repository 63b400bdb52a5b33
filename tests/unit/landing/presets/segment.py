"""Calls as they are logged to S3, packed and with the whole context."""

import gzip

from tests.unit.landing.presets.sample import Sample, json_lines


def call(ref: str, kind: str, **more: object) -> dict[str, object]:
    return {
        "messageId": ref,
        "type": kind,
        "anonymousId": "anon-1",
        "userId": None,
        "context": {"ip": "192.0.2.7", "page": {"path": "/mugs"}, "library": {"name": "analytics.js"}},
        "integrations": {},
        "timestamp": "2026-03-29T00:30:00.123Z",
        "originalTimestamp": "2026-03-29T01:30:02.000+01:00",
        "sentAt": "2026-03-29T00:30:01.000Z",
        "receivedAt": "2026-03-29T00:30:03.000Z",
        "version": 2,
    } | more


CALLS = json_lines(
    [
        call(
            "m1",
            "page",
            name="Mugs",
            properties={"path": "/mugs/blue", "url": "https://tulips.example/mugs/blue"},
        ),
        call("m2", "track", event="Product Viewed", properties={"product_id": "MUG-1", "price": 24.95}),
        call("m3", "track", event="Products Searched", properties={"query": "teapot"}, userId="42"),
        call(
            "m4",
            "identify",
            traits={"email": "ada@example.com", "firstName": "Ada", "password": "x"},
            userId="42",
        ),
        # an identify call without an address does not take it away again
        call("m5", "identify", traits={"plan": "gold"}, userId="42", timestamp="2026-03-30T00:00:00Z"),
        call("m6", "group", groupId="g"),
        call("m7", "track", event="Signed In", timestamp="soon"),
    ]
)

SAMPLE = Sample(
    files={"logs/1774742400000/1.jsonl.gz": gzip.compress(CALLS.encode(), mtime=0)},
    landed={
        "events": """
event_ref | anonymous_ref | customer_ref | event_type | occurred_at | product_ref | subject | properties
m1 | anon-1 | - | page_viewed | 2026-03-29 00:30:00.123 | - | /mugs/blue | {"path":"/mugs/blue","url":"https://tulips.example/mugs/blue"}
m2 | anon-1 | - | product_viewed | 2026-03-29 00:30:00.123 | MUG-1 | /mugs | {"product_id":"MUG-1","price":24.95}
m3 | anon-1 | 42 | products_searched | 2026-03-29 00:30:00.123 | - | teapot | {"query":"teapot"}
""",
        "customers": """
customer_ref | email | first_name | updated_at | extras
42 | ada@example.com | Ada | 2026-03-29 00:30:00.123 | -
""",
    },
    dead=[("logs/1774742400000/1.jsonl.gz", 7, "occurred_at", "cannot be read as timestamp")],
    skipped={"events": 3, "customers": 6},
)
