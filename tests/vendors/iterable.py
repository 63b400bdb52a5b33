"""Iterable: https://support.iterable.com/hc/en-us/articles/205694345-CSV-List-Import-Best-Practices."""

import re

from tests.vendors.reading import emails, header_of, rows_of, unique

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?")


def check(kind: str, content: bytes) -> None:
    """email or userId, in exactly these letters; 2,000,000 rows; dates as YYYY-MM-DD; no lists in a cell."""
    assert kind in {"action_list", "profile", "segment", "opt_outs"}
    header, rows = header_of(content), rows_of(content)
    assert len(rows) <= 2_000_000
    assert {"email", "userId"}.intersection(header)
    if "email" in header:
        emails([row["email"] for row in rows])
    else:
        unique([row["userId"] for row in rows])
    assert all(DATE.fullmatch(row.get("regulars_date", "2026-01-01")) for row in rows)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("[", "{"))]
