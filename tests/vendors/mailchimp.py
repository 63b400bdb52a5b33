"""Mailchimp: https://mailchimp.com/help/format-guidelines-for-your-import-file/."""

from tests.vendors.reading import emails, rows_of


def check(kind: str, content: bytes) -> None:
    """Only the address is required; text of at most 255 bytes; letters of other scripts only after the @."""
    assert kind != "opt_outs"
    rows = rows_of(content)
    emails([row["Email Address"] for row in rows])
    for row in rows:
        assert row["Email Address"].split("@")[0].isascii()
        assert max(len(cell.encode()) for cell in row.values()) <= 255
        assert not {name.upper() for name in row} & {"OPTIN_TIME", "CONFIRM_TIME"}
