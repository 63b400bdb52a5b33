"""The three files of an audience's export; what somebody is stands in the name of her file."""

from tests.unit.landing.presets.sample import Sample, csv_text

HEADER = (
    "Email Address, First Name, Last Name, Address, Phone Number, MEMBER_RATING, OPTIN_TIME, OPTIN_IP,"
    " CONFIRM_TIME, CONFIRM_IP, LATITUDE, LONGITUDE, GMTOFF, DSTOFF, TIMEZONE, CC, REGION, LAST_CHANGED, LEID,"
    " EUID, NOTES"
)

SAMPLE = Sample(
    keys={"time_zone": "America/New_York"},
    files={
        "subscribed_members_export_0a1b2c.csv": csv_text(
            f"{HEADER}, TAGS",
            """
Email Address: ada@example.com | First Name: Ada | Phone Number: '+442079460000 | OPTIN_TIME: 2025-07-01 10:00:00 | OPTIN_IP: 192.0.2.7 | CONFIRM_TIME: 2025-07-01 10:05:00 | LAST_CHANGED: 2026-01-01 00:00:00 | LEID: 7 | EUID: a1
Email Address: ben@example.com | OPTIN_TIME: 2025-07-01 10:00:00 | LAST_CHANGED: 2025-12-31 20:00:00 | EUID: b2 | NOTES: met at the fair
Email Address: cy@example.com | LAST_CHANGED: 2025-12-31 20:00:00 | EUID: c3
Email Address: di@example.com | LAST_CHANGED: yesterday | EUID: d4
""",
        ),
        "unsubscribed_members_export_0a1b2c.csv": csv_text(
            f"{HEADER}, UNSUB_TIME",
            """
Email Address: eve@example.com | CONFIRM_TIME: 2025-07-01 10:00:00 | LAST_CHANGED: 2026-02-01 08:00:00 | EUID: e5 | UNSUB_TIME: 2026-02-02 08:00:00
""",
        ),
        "cleaned_members_export_0a1b2c.csv": csv_text(
            HEADER,
            """
Email Address: gone@example.com | CONFIRM_TIME: 2025-07-01 10:00:00 | LAST_CHANGED: 2026-02-01 08:00:00 | EUID: f6
""",
        ),
    },
    landed={
        "customers": """
customer_ref | email | phone | first_name | updated_at
a1 | ada@example.com | +442079460000 | Ada | 2026-01-01 05:00:00
b2 | ben@example.com | - | - | 2026-01-01 01:00:00
c3 | cy@example.com | - | - | 2026-01-01 01:00:00
e5 | eve@example.com | - | - | 2026-02-01 13:00:00
f6 | gone@example.com | - | - | 2026-02-01 13:00:00
""",
        "consents": """
customer_ref | email | channel | purpose | status | stated_at
a1 | ada@example.com | email | marketing | granted | 2025-07-01 14:05:00
b2 | ben@example.com | email | marketing | granted | 2025-07-01 14:00:00
c3 | cy@example.com | email | marketing | granted | 1990-01-01 00:00:00
d4 | di@example.com | email | marketing | granted | 1990-01-01 00:00:00
e5 | eve@example.com | email | marketing | withdrawn | 2026-02-02 13:00:00
f6 | gone@example.com | email | marketing | denied | 2026-02-01 13:00:00
""",
    },
    dead=[("subscribed_members_export_0a1b2c.csv", 4, "updated_at", "cannot be read as timestamp")],
)
