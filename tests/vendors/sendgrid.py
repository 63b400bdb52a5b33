"""SendGrid: "Formatting a CSV of contacts", and the API reference of importing contacts."""

import re

from tests.vendors.reading import emails, header_of, rows_of

DATE = re.compile(r"(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[0-9]{4}")


def check(kind: str, content: bytes) -> None:
    """email first; headers of letters, digits and underscores; dates as M/D/YYYY; a million rows."""
    assert kind != "opt_outs"
    header, rows = header_of(content), rows_of(content)
    assert header[0] == "email"
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in header)
    assert len(rows) <= 1_000_000
    emails([row["email"] for row in rows])
    assert all(DATE.fullmatch(row.get("regulars_date", "1/1/2026")) for row in rows)
    assert all(DATE.fullmatch(row.get("first_order_date") or "1/1/2026") for row in rows)
