"""Klaviyo: https://help.klaviyo.com/hc/en-us/articles/115005078967, 115005253428 and 360043841811."""

import re

from tests.vendors.reading import emails, header_of, rows_of

CONSENT = {"email marketing consent", "sms marketing consent", "sms transactional consent"}
# a date without a time is midnight UTC, so one with a time of day is asked for; never the day first
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def check(kind: str, content: bytes) -> None:
    """The first column finds the person; 50 MB; no consent outside a file of its own."""
    assert len(content) <= 50_000_000
    header = header_of(content)
    assert header[0] in {"Email", "Email Address", "Phone Number"}
    assert not {name.lower() for name in header} & CONSENT
    rows = rows_of(content)
    if header[0] != "Phone Number":
        emails([row[header[0]] for row in rows])
    if kind == "opt_outs":
        assert header == ["Email"]
    for row in rows:
        assert DATE.fullmatch(row.get("regulars_date", "2026-01-01 12:00:00"))
