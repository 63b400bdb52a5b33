"""Plain CSV, as docs/published-tables.md promises it to whoever reads it."""

from tests.vendors.reading import rows_of, unique


def check(kind: str, content: bytes) -> None:
    """A header; an address in each row, once."""
    assert kind in {"action_list", "profile", "segment", "opt_outs"}
    unique([row["address"] for row in rows_of(content)])
