"""Google Customer Match: https://support.google.com/google-ads/answer/7659867."""

import re

from tests.vendors.reading import SHA256, header_of, rows_of

HEADERS = {"Email", "Phone", "First Name", "Last Name", "Country", "Zip"}
HASHED = ("Email", "Phone", "First Name", "Last Name")
POSTAL = ("First Name", "Last Name", "Country", "Zip")


def check(kind: str, content: bytes) -> None:
    """English headers exactly; hashes as 64 small hexadecimal digits; country and zip plain; all or none."""
    assert kind == "segment"
    assert set(header_of(content)) <= HEADERS
    for row in rows_of(content):
        assert all(SHA256.fullmatch(row[name]) for name in HASHED if row[name])
        assert row["Email"] or row["Phone"] or row["Zip"]
        assert len({bool(row[name]) for name in POSTAL}) == 1
        assert re.fullmatch(r"[A-Z]{2}|", row["Country"])
