"""Salesforce Marketing Cloud: "Subscriber Import File Requirements" and "Import Activity"."""

from tests.vendors.reading import emails, header_of, rows_of


def check(kind: str, content: bytes) -> None:
    """A header; the address in the last column, but for the status of those who leave."""
    header, rows = header_of(content), rows_of(content)
    emails([row["Email Address"] for row in rows])
    if kind == "opt_outs":
        assert {row["Subscriber Status"] for row in rows} <= {"Unsubscribed"}
    else:
        assert header[-1] == "Email Address"
        assert "Subscriber Status" not in header
