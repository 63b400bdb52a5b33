"""A file as a strict reader of its bytes sees it; what all vendors of CSV ask is asked here."""

import csv
import io
import re

Rows = list[dict[str, str]]
EMAIL = re.compile(r"[^@\s,;\"]+@[^@\s,;\"]+\.[^@\s,;\".]{2,}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SHA256 = re.compile(r"[0-9a-f]{64}")


def lines_of(content: bytes) -> list[list[str]]:
    """The rows of a CSV in UTF-8 without byte order mark, with one kind of line break and equal rows."""
    text = content.decode("utf-8", errors="strict")
    assert not text.startswith("\ufeff"), "a byte order mark"
    assert "\r" not in text, "two kinds of line breaks"
    assert text.endswith("\n"), "the last row is not finished"
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}, "rows of unequal length"
    return rows


def rows_of(content: bytes) -> Rows:
    """The rows of a CSV with a header, whose names are all there and all different."""
    header, *rows = lines_of(content)
    assert all(header), "a column without a name"
    assert len(set(header)) == len(header), "two columns of one name"
    return [dict(zip(header, row, strict=True)) for row in rows]


def unique(cells: list[str]) -> None:
    """No cell is empty or there twice, in whatever letters."""
    assert all(cells), "a row without its key"
    assert len({cell.lower() for cell in cells}) == len(cells), "a key twice"


def emails(cells: list[str]) -> None:
    """Each cell is an e-mail address, and none is there twice."""
    unique(cells)
    assert [cell for cell in cells if not EMAIL.fullmatch(cell)] == []


def header_of(content: bytes) -> list[str]:
    """The first row."""
    return lines_of(content)[0]
