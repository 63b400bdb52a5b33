"""Contacts and conversations as the API's objects, one a line; times are seconds."""

from tests.unit.landing.presets.sample import Sample, json_lines


def contact(ref: str, **more: object) -> dict[str, object]:
    return {
        "type": "contact",
        "id": ref,
        "external_id": None,
        "role": "user",
        "email": f"{ref}@example.com",
        "phone": None,
        "name": None,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "created_at": 1704067200,
        "location": {"city": "London"},
    } | more


def conversation(ref: str, state: str, **more: object) -> dict[str, object]:
    return {
        "type": "conversation",
        "id": ref,
        "title": None,
        "created_at": 1774744200,
        "updated_at": 1774830600,
        "state": state,
        "priority": "not_priority",
        "source": {"type": "email", "body": "<p>Where is it?</p>"},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "ada"}]},
    } | more


SAMPLE = Sample(
    settings={"refused_on": "2026-10-01"},
    files={
        "contacts_1.jsonl": json_lines(
            [
                contact("ada", name="Ada King Byron", external_id="42", phone="+442079460000"),
                contact("ben", unsubscribed_from_emails=True),
                contact("cy", has_hard_bounced=True, role="lead", name="Cy"),
                contact("di", marked_email_as_spam=True, has_hard_bounced=True),
                contact("eve", created_at="long ago"),
            ]
        ),
        "conversations_1.jsonl": json_lines(
            [
                conversation("1", "open", title="Where is it?"),
                conversation("2", "closed", conversation_rating={"rating": 5, "remark": "quick"}),
                conversation("3", "snoozed", contacts={"contacts": []}),
                conversation("4", "open", created_at=None),
            ]
        ),
    },
    landed={
        "customers": """
customer_ref | email | phone | first_name | last_name | created_at | attributes
ada | ada@example.com | +442079460000 | Ada | King Byron | 2024-01-01 00:00:00 | {"external_id":"42","role":"user"}
ben | ben@example.com | - | - | - | 2024-01-01 00:00:00 | {"external_id":null,"role":"user"}
cy | cy@example.com | - | Cy | - | 2024-01-01 00:00:00 | {"external_id":null,"role":"lead"}
di | di@example.com | - | - | - | 2024-01-01 00:00:00 | {"external_id":null,"role":"user"}
eve | eve@example.com | - | - | - | - | {"external_id":null,"role":"user"}
""",
        "consents": """
customer_ref | email | channel | purpose | status | stated_at | basis
ben | ben@example.com | email | marketing | withdrawn | 2026-10-01 00:00:00 | unsubscribed
cy | cy@example.com | email | marketing | denied | 2026-10-01 00:00:00 | the address bounced for good
di | di@example.com | email | marketing | withdrawn | 2026-10-01 00:00:00 | called an e-mail spam
""",
        "tickets": """
ticket_ref | customer_ref | opened_at | solved_at | status | channel | topic | satisfaction
1 | ada | 2026-03-29 00:30:00 | - | open | email | Where is it? | -
2 | ada | 2026-03-29 00:30:00 | 2026-03-30 00:30:00 | closed | email | - | 5
3 | - | 2026-03-29 00:30:00 | - | snoozed | email | - | -
""",
    },
    dead=[("conversations_1.jsonl", 4, "opened_at", "is required and has no value")],
    skipped={"consents": 2},
)
