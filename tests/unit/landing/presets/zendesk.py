"""Tickets and users as JSON lines; a requester's address stands in the users only."""

from tests.unit.landing.presets.sample import Sample, json_lines


def ticket(ref: int, **more: object) -> dict[str, object]:
    return {
        "id": ref,
        "url": f"https://tulips.example/api/v2/tickets/{ref}.json",
        "via": {"channel": "email", "source": {"from": {"address": "ada@example.com"}}},
        "created_at": "2026-03-29T00:30:00Z",
        "updated_at": "2026-03-30T09:15:00Z",
        "subject": "Late again",
        "description": "My order is late",
        "status": "open",
        "priority": "high",
        "requester_id": 360001,
        "tags": [],
        "satisfaction_rating": {"score": "unoffered"},
        "custom_fields": [{"id": 1, "value": None}],
    } | more


USER = {"created_at": "2024-01-02T03:04:05Z", "time_zone": "London", "suspended": False, "phone": None}

SAMPLE = Sample(
    files={
        "tickets_1.jsonl": json_lines(
            [
                ticket(1, tags=["complaint", "shipping"]),
                ticket(2, status="solved", satisfaction_rating={"score": "good", "comment": "quick"}),
                ticket(3, status="closed", satisfaction_rating={"score": "offered"}, priority=None),
                ticket(4, created_at=None),
            ]
        ),
        "users_1.jsonl": json_lines(
            [
                USER
                | {"id": 360001, "email": "ada@example.com", "name": "Ada King Byron", "locale": "en-GB"}
                | {"role": "end-user", "external_id": "9013808660771"},
                USER | {"id": 360002, "email": "agent@tulips.example", "name": "Zoe", "role": "agent"},
            ]
        ),
    },
    landed={
        "tickets": """
ticket_ref | customer_ref | opened_at | solved_at | status | priority | channel | topic | is_complaint | satisfaction
1 | 360001 | 2026-03-29 00:30:00 | - | open | high | email | Late again | true | -
2 | 360001 | 2026-03-29 00:30:00 | 2026-03-30 09:15:00 | solved | high | email | Late again | false | good
3 | 360001 | 2026-03-29 00:30:00 | 2026-03-30 09:15:00 | closed | - | email | Late again | false | -
""",
        "customers": """
customer_ref | email | first_name | last_name | language | created_at | attributes
360001 | ada@example.com | Ada | King Byron | en-GB | 2024-01-02 03:04:05 | {"external_id":"9013808660771"}
""",
    },
    dead=[("tickets_1.jsonl", 4, "opened_at", "is required and has no value")],
    skipped={"customers": 1},
)
