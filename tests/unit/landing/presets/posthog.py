"""Batch exports: events as JSON lines with nested objects and as Parquet with JSON in texts, and persons."""

import io
from datetime import UTC, datetime

import polars as pl

from tests.unit.landing.presets.sample import Sample, json_lines


def event(ref: str, name: str, **more: object) -> dict[str, object]:
    return {
        "uuid": ref,
        "event": name,
        "distinct_id": "anon-1",
        "person_id": "p1",
        "properties": {"$pathname": "/mugs", "$ip": "192.0.2.7"},
        "person_properties": {},
        "elements_chain": "",
        "timestamp": "2026-03-29T00:30:00.123456Z",
        "created_at": "2026-03-29T00:30:01Z",
        "_inserted_at": "2026-03-29T00:30:02Z",
    } | more


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


def person(distinct_id: str, ref: str, email: str | None, *, is_deleted: bool = False) -> dict[str, object]:
    return {
        "team_id": 1,
        "distinct_id": distinct_id,
        "person_id": ref,
        "properties": {"email": email} if email else {},
        "created_at": "2026-01-01T00:00:00Z",
        "is_deleted": is_deleted,
    }


SAMPLE = Sample(
    files={
        "events_1.jsonl": json_lines(
            [
                event("e1", "$pageview"),
                event(
                    "e2",
                    "Product Added",
                    properties={"product_id": "MUG-1"},
                    person_properties={"email": "a@b.de"},
                ),
                event("e3", "$identify"),
                event("e4", "signed_in", timestamp="soon"),
            ]
        ),
        "events_2.parquet": parquet(
            uuid=["e5"],
            event=["$screen"],
            distinct_id=["anon-2"],
            person_id=["p2"],
            properties=['{"$ip": "192.0.2.7", "plan": "gold"}'],
            person_properties=["{}"],
            timestamp=[datetime(2026, 3, 29, 0, 30, tzinfo=UTC)],
        ),
        "persons_1.jsonl": json_lines(
            [
                person("anon-1", "p1", "ada@example.com"),
                person("42", "p1", "ada@example.com"),
                person("anon-2", "p2", None),
                person("anon-3", "p3", "ben@example.com", is_deleted=True),
            ]
        ),
    },
    landed={
        "events": """
event_ref | anonymous_ref | customer_ref | event_type | occurred_at | product_ref | subject | properties
e1 | anon-1 | - | page_viewed | 2026-03-29 00:30:00.123456 | - | /mugs | {"$pathname":"/mugs"}
e2 | anon-1 | p1 | product_added | 2026-03-29 00:30:00.123456 | MUG-1 | - | {"product_id":"MUG-1"}
e5 | anon-2 | - | screen_viewed | 2026-03-29 00:30:00 | - | - | {"plan":"gold"}
""",
        "customers": """
customer_ref | email | created_at
p1 | ada@example.com | 2026-01-01 00:00:00
""",
    },
    dead=[("events_1.jsonl", 4, "occurred_at", "cannot be read as timestamp")],
    skipped={"events": 1, "customers": 2},
)
