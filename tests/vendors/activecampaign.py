"""ActiveCampaign: https://help.activecampaign.com/hc/en-us/articles/360006760900."""

import re

from tests.vendors.reading import emails, rows_of

# any other form becomes a day of 1899
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check(kind: str, content: bytes) -> None:
    """A unique address in each row; dates as YYYY-MM-DD alone."""
    assert kind != "opt_outs"
    rows = rows_of(content)
    emails([row["Email"] for row in rows])
    assert all(DATE.fullmatch(row.get("regulars_date", "2026-01-01")) for row in rows)
    assert all(DATE.fullmatch(row.get("first_order_date") or "2026-01-01") for row in rows)
