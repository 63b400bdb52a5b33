"""Responses of two forms: one of today with hidden fields, one of the older layout."""

from tests.unit.landing.presets.sample import Sample, csv_text

TODAY = (
    "#, How likely are you to recommend us?, Why?, email, shop_id, phone, Response Type, Start Date (UTC),"
    " Stage Date (UTC), Submit Date (UTC), Network ID, Tags, Ending, May we ask?, May we ask?"
)
OLDER = "#, How happy are you?, email, shop_id, Start Date (UTC), Submit Date (UTC), Network ID"

SAMPLE = Sample(
    settings={
        "nps_question": "How likely are you to recommend us?",
        "nps_reason": "Why?",
        "csat_question": "How happy are you?",
        "csat_highest": "7",
        "email_field": "email",
        "customer_field": "shop_id",
    },
    files={
        "nps_responses.csv": csv_text(
            TODAY,
            """
#: t1 | How likely are you to recommend us?: 9 | Why?: Fast, and friendly | email: ada@example.com | shop_id: '9013808660771 | phone: '+442079460000 | Response Type: completed | Submit Date (UTC): 2026-03-29 00:30:00 | Network ID: aa | Tags: vip
#: t2 | How likely are you to recommend us?: 3 | email: ben@example.com | Response Type: partial | Stage Date (UTC): 2026-03-29 00:30:00
#: t3 | How likely are you to recommend us?: 10 | Response Type: completed | Submit Date (UTC): March
#: t4 | How likely are you to recommend us?: ten | Response Type: completed | Submit Date (UTC): 2026-03-29 00:31:00
""",
        ),
        "csat_2019.csv": csv_text(
            OLDER,
            """
#: u1 | How happy are you?: 7 | email: ada@example.com | Submit Date (UTC): 2019-05-01 10:00:00
#: u2 | How happy are you?: 4 | Submit Date (UTC): 2019-05-01 11:00:00
#: u3 | How happy are you?: 1 | Submit Date (UTC): 2019-05-01 12:00:00
""",
        ),
    },
    landed={
        "survey_responses": """
response_ref | customer_ref | email | kind | score | text | answered_at
t1 | 9013808660771 | ada@example.com | nps | 9.0 | Fast, and friendly | 2026-03-29 00:30:00
t4 | - | - | nps | - | - | 2026-03-29 00:31:00
u1 | - | ada@example.com | csat | 5.0 | - | 2019-05-01 10:00:00
u2 | - | - | csat | 3.0 | - | 2019-05-01 11:00:00
u3 | - | - | csat | 1.0 | - | 2019-05-01 12:00:00
""",
    },
    dead=[("nps_responses.csv", 3, "answered_at", "cannot be read as timestamp")],
    skipped={"survey_responses": 1},
)
