"""HubSpot: https://knowledge.hubspot.com/import-and-export/set-up-your-import-file."""

from tests.vendors.reading import emails, header_of, rows_of


def check(kind: str, content: bytes) -> None:
    """A header with Email; fewer than 1,000 columns; 512 MB, 1,048,576 rows; an opt-out list has an Email."""
    assert len(content) <= 512_000_000
    header, rows = header_of(content), rows_of(content)
    assert "Email" in header
    assert len(header) < 1000
    assert len(rows) <= 1_048_576
    emails([row["Email"] for row in rows])
    assert kind == "opt_outs" or not [name for name in header if "unsubscribed" in name.lower()]
