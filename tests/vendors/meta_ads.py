"""Meta Custom Audiences: https://www.facebook.com/business/help/2082575038703844."""

from tests.vendors.reading import SHA256, header_of, rows_of

HEADERS = {"email", "phone", "madid", "uid", "fn", "ln", "ct", "st", "country"}


def check(kind: str, content: bytes) -> None:
    """Headers in small letters; all that names a person hashed, as 64 small hexadecimal digits."""
    assert kind == "segment"
    assert set(header_of(content)) <= HEADERS
    for row in rows_of(content):
        assert all(SHA256.fullmatch(cell) for cell in row.values() if cell)
        assert row["email"] or row["phone"]
