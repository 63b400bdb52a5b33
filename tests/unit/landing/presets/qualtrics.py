"""Responses below three rows of headers: ids, questions, and the ids that an import needs."""

from tests.unit.landing.presets.sample import Sample, csv_text

HEADER = (
    "StartDate, EndDate, Status, IPAddress, Progress, Duration (in seconds), Finished, RecordedDate, ResponseId,"
    " RecipientLastName, RecipientFirstName, RecipientEmail, ExternalReference, LocationLatitude,"
    " LocationLongitude, DistributionChannel, UserLanguage, Q1, Q2"
)
BELOW = (
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,"
    "Recipient Last Name,Recipient First Name,Recipient Email,External Data Reference,Location Latitude,"
    'Location Longitude,Distribution Channel,User Language,"How likely are you\nto recommend us?",Why?\n'
    + ",".join(f'"{{""ImportId"":""{name}""}}"' for name in HEADER.split(", "))
    + "\n"
)

SAMPLE = Sample(
    keys={"time_zone": "Europe/London"},
    settings={"nps_question": "Q1", "nps_reason": "Q2", "csat_question": "Q1", "csat_highest": "5"},
    files={
        "nps.csv": csv_text(
            HEADER,
            """
Status: IP Address | IPAddress: 192.0.2.7 | Progress: 100 | Finished: True | RecordedDate: 2026-03-29 00:30:00 | ResponseId: R_1 | RecipientEmail: ada@example.com | ExternalReference: 42 | Q1: 9 | Q2: Fast
Status: Survey Preview | Progress: 100 | Finished: True | RecordedDate: 2026-03-29 00:30:00 | ResponseId: R_2 | Q1: 1
Status: IP Address | Progress: 40 | Finished: False | RecordedDate: 2026-03-29 00:30:00 | ResponseId: R_3
Status: IP Address | Progress: 100 | Finished: 1 | RecordedDate: 2026-03-29 02:30:00 | ResponseId: R_4 | Q1: 6
Status: IP Address | Progress: 100 | Finished: 1 | RecordedDate: 29/03/26 | ResponseId: R_5 | Q1: 6
""",
            below=BELOW,
        ),
        "csat.csv": csv_text(
            HEADER,
            """
Status: IP Address | Progress: 100 | Finished: True | RecordedDate: 2026-01-29 00:30:00 | ResponseId: R_6 | Q1: 4
""",
            below=BELOW,
        ),
    },
    landed={
        "survey_responses": """
response_ref | customer_ref | email | kind | score | text | answered_at
R_1 | 42 | ada@example.com | nps | 9.0 | Fast | 2026-03-29 00:30:00
R_4 | - | - | nps | 6.0 | - | 2026-03-29 01:30:00
R_6 | - | - | csat | 4.0 | - | 2026-01-29 00:30:00
""",
    },
    dead=[("nps.csv", 7, "answered_at", "cannot be read as timestamp")],
    skipped={"survey_responses": 6},
)
