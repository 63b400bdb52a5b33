"""The raw export of a project that counts its seconds by its own clock, and profiles of the engage API."""

from tests.unit.landing.presets.sample import Sample, json_lines


def event(ref: str | None, name: str, **more: object) -> dict[str, object]:
    # 2026-03-29 12:30:00 by the clock of Chicago, counted as if that were UTC
    told = {"time": 1774787400, "distinct_id": "$device:d1", "$device_id": "d1", "mp_processing_time_ms": 1}
    return {"event": name, "properties": told | ({"$insert_id": ref} if ref else {}) | more}


SAMPLE = Sample(
    keys={"time_zone": "America/Chicago"},
    files={
        "events_1.jsonl": json_lines(
            [
                event("i1", "Product Viewed", product_id="MUG-1"),
                event("i2", "Signed In", distinct_id="42", **{"$user_id": "42"}),
                event("i3", "Signed In", distinct_id="legacy", **{"$device_id": None}),
                event("i1", "Product Viewed", product_id="MUG-1"),
                event(None, "Ping"),
                event("i5", "Ping", time="soon"),
            ]
        ),
        "profiles_1.jsonl": json_lines(
            [
                {
                    "$distinct_id": "42",
                    "$properties": {
                        "$email": "ada@example.com",
                        "$first_name": "Ada",
                        "$last_name": "Byron",
                        "$created": "2025-06-01T10:00:00",
                        "$city": "London",
                    },
                }
            ]
        ),
    },
    landed={
        "events": """
event_ref | anonymous_ref | customer_ref | event_type | occurred_at | product_ref
i1 | d1 | - | product_viewed | 2026-03-29 17:30:00 | MUG-1
i2 | d1 | 42 | signed_in | 2026-03-29 17:30:00 | -
i3 | - | legacy | signed_in | 2026-03-29 17:30:00 | -
""",
        "customers": """
customer_ref | email | first_name | last_name | created_at
42 | ada@example.com | Ada | Byron | 2025-06-01 15:00:00
""",
    },
    dead=[("events_1.jsonl", 6, "occurred_at", "is required and has no value")],
    skipped={"events": 1},
)
