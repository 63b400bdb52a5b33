"""Tickets as CSV, with the columns that an admin chose, and as the API's objects."""

from tests.unit.landing.presets.sample import Sample, csv_text, json_lines

ALL = (
    "Ticket ID, Subject, Description, Status, Priority, Source, Type, Agent, Group, Created time, Due by Time,"
    " Resolved time, Closed time, Last update time, Initial response time, Time tracked,"
    " First response time (in hrs), Resolution time (in hrs), Agent interactions, Customer interactions,"
    " Resolution status, First response status, Tags, Survey results, Product, Full name, Contact ID"
)


def ticket(ref: int, **more: object) -> dict[str, object]:
    return {
        "id": ref,
        "subject": "Broken mug",
        "status": 5,
        "priority": 1,
        "source": 2,
        "requester_id": 91,
        "requester": {"id": 91, "email": "ada@example.com", "name": "Ada"},
        "created_at": "2026-03-29T00:30:00Z",
        "updated_at": "2026-03-29T00:30:00Z",
        "tags": [],
        "stats": {"resolved_at": None, "closed_at": "2026-03-30T00:00:00Z"},
        "spam": False,
        "deleted": False,
    } | more


SAMPLE = Sample(
    keys={"time_zone": "Europe/Berlin"},
    files={
        "tickets_2026.csv": csv_text(
            ALL,
            """
Ticket ID: 1 | Subject: Late, again | Status: Closed | Priority: High | Source: Email | Created time: 2026-03-29 01:30:00 | Resolved time: 2026-03-29 03:30:00 | Closed time: 2026-04-01 10:00:00 | First response time (in hrs): 00:12:09 | Tags: shipping, complaint | Survey results: Happy | Contact ID: 91
Ticket ID: 2 | Subject: Hello | Status: Open | Priority: Low | Source: Portal | Created time: 2026-01-10 12:00:00 | Tags: praise | Contact ID: 92
Ticket ID: 3 | Status: Open | Created time: 10/01/2026 12:00 | Contact ID: 92
""",
        ),
        "tickets_few_columns.csv": csv_text(
            "Ticket Id, Created Time, Status, Contact ID",
            """
Ticket Id: 4 | Created Time: 2026-01-10 12:00:00 | Status: Open | Contact ID: 92
""",
        ),
        "tickets_1.jsonl": json_lines(
            [ticket(11), ticket(12, tags=["complaint"], stats={}, status=2), ticket(13, spam=True)]
        ),
    },
    landed={
        "tickets": """
ticket_ref | customer_ref | email | opened_at | solved_at | status | priority | channel | topic | is_complaint | satisfaction
1 | 91 | - | 2026-03-29 00:30:00 | 2026-03-29 01:30:00 | Closed | High | Email | Late, again | true | Happy
2 | 92 | - | 2026-01-10 11:00:00 | - | Open | Low | Portal | Hello | false | -
4 | 92 | - | 2026-01-10 11:00:00 | - | Open | - | - | - | false | -
11 | 91 | ada@example.com | 2026-03-29 00:30:00 | 2026-03-30 00:00:00 | 5 | 1 | 2 | Broken mug | false | -
12 | 91 | ada@example.com | 2026-03-29 00:30:00 | - | 2 | 1 | 2 | Broken mug | true | -
""",
    },
    dead=[("tickets_2026.csv", 3, "opened_at", "cannot be read as timestamp")],
    skipped={"tickets": 1},
)
