"""The unpacked files of an export; times are of UTC and do not say so."""

from tests.unit.landing.presets.sample import Sample, json_lines


def event(ref: str | None, kind: str, **more: object) -> dict[str, object]:
    return {
        "$insert_id": ref,
        "uuid": f"u-{ref}",
        "event_type": kind,
        "event_time": "2026-03-29 00:30:00.123000",
        "server_received_time": "2026-03-29 00:30:05.000000",
        "user_id": None,
        "device_id": "d1",
        "amplitude_id": 11,
        "session_id": -1,
        "ip_address": "192.0.2.7",
        "device_family": "Apple iPhone",
        "event_properties": {},
        "user_properties": {"age": 40},
    } | more


SAMPLE = Sample(
    files={
        "100/2026-03-29_0.jsonl": json_lines(
            [
                event(
                    "e1", "Product Viewed", event_properties={"product_id": "MUG-1"}, session_id=1774744200000
                ),
                event("e2", "signed in", user_id="42"),
                event(None, "session_start", uuid="u3"),
                event(
                    "e1", "Product Viewed", event_properties={"product_id": "MUG-1"}, session_id=1774744200000
                ),
                event("e4", "signed in", event_time="soon"),
            ]
        )
    },
    landed={
        "events": """
event_ref | anonymous_ref | customer_ref | session_ref | event_type | occurred_at | product_ref | device
e1 | d1 | - | 1774744200000 | product_viewed | 2026-03-29 00:30:00.123 | MUG-1 | Apple iPhone
e2 | d1 | 42 | - | signed_in | 2026-03-29 00:30:00.123 | - | Apple iPhone
u3 | d1 | - | - | session_start | 2026-03-29 00:30:00.123 | - | Apple iPhone
""",
    },
    dead=[("100/2026-03-29_0.jsonl", 5, "occurred_at", "cannot be read as timestamp")],
)
