"""Attentive: https://docs.attentive.com/pages/developer-guides/sftp-solution/subscriber-segment-upload/."""

import re

from tests.vendors.reading import E164, lines_of

NAME = re.compile(r"[a-z0-9-]+_subscriber_segment_[0-9]{8}_[0-9]+\.csv")


def check(kind: str, content: bytes) -> None:
    """No header; a phone or an address, one of them a file, and the segment's name; 500,000 rows."""
    assert kind in {"action_list", "segment"}
    rows = lines_of(content)
    assert {len(row) for row in rows} == {2}
    assert len(rows) <= 500_000
    assert all(E164.fullmatch(person) for person, _ in rows) or all("@" in person for person, _ in rows)
    assert all(segment for _, segment in rows)


def check_name(name: str) -> None:
    """{clientdomain}_subscriber_segment_{YYYYMMDD}_{file_number}.csv."""
    assert NAME.fullmatch(name), name
