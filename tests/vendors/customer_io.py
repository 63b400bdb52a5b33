"""Customer.io: https://customer.io/docs/uploading-people/."""

from tests.vendors.reading import emails, header_of, rows_of


def check(kind: str, content: bytes) -> None:
    """A column for id or email, in small letters; 100 MB and 100 columns; nothing that unsubscribes."""
    assert kind != "opt_outs"
    assert len(content) <= 100_000_000
    header = header_of(content)
    assert len(header) <= 100
    assert len({"id", "email"}.intersection(header)) == 1
    assert not {"unsubscribed", "cio_subscription_preferences"}.intersection(header)
    if "email" in header:
        emails([row["email"] for row in rows_of(content)])
