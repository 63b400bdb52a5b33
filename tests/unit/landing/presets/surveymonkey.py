"""Individual responses with a second header row, which holds the offered answers."""

from tests.unit.landing.presets.sample import Sample, csv_text

HEADER = (
    "Respondent ID, Collector ID, Start Date, End Date, IP Address, Email Address, First Name, Last Name,"
    " Custom Data 1, {question}, Anything else?, Which of these do you know?, , "
)
ASKED = "How likely is it that you would recommend us to a friend?"
PLEASED = "How satisfied were you?"

SAMPLE = Sample(
    keys={"time_zone": "America/New_York"},
    settings={
        "nps_question": ASKED,
        "nps_reason": "Anything else?",
        "csat_question": PLEASED,
        "csat_highest": "5",
        "date_format": "%m/%d/%Y %I:%M:%S %p",
        "customer_field": "Custom Data 1",
    },
    files={
        "nps.csv": csv_text(
            HEADER.format(question=ASKED),
            """
Respondent ID: 11712345678 | End Date: 03/08/2026 01:30:00 AM | IP Address: 192.0.2.7 | Email Address: ada@example.com | Custom Data 1: 42 | How likely is it that you would recommend us to a friend?: 8 | Anything else?: No
Respondent ID: 11712345679 | End Date: 03/08/2026 03:30:00 AM | How likely is it that you would recommend us to a friend?: 10
Respondent ID: 11712345680 | End Date: 31.12.2026 | How likely is it that you would recommend us to a friend?: 0
""",
            below=",,,,,,,,,Response,Open-Ended Response,Mugs,Tea,Pins\n",
        ),
        "csat.csv": csv_text(
            HEADER.format(question=PLEASED),
            """
Respondent ID: 11712345681 | End Date: 07/01/2026 12:00:00 PM | How satisfied were you?: 2
""",
            below=",,,,,,,,,Response,Open-Ended Response,Mugs,Tea,Pins\n",
        ),
    },
    landed={
        "survey_responses": """
response_ref | customer_ref | email | kind | score | text | answered_at
11712345678 | 42 | ada@example.com | nps | 8.0 | No | 2026-03-08 06:30:00
11712345679 | - | - | nps | 10.0 | - | 2026-03-08 07:30:00
11712345681 | - | - | csat | 2.0 | - | 2026-07-01 16:00:00
""",
    },
    dead=[("nps.csv", 4, "answered_at", "is required and has no value")],
    skipped={"survey_responses": 2},
)
