"""The rows that the reader of text files set aside, as they stand in their file.

DuckDB says at which row it stumbled, but counts blank lines as rows, keeps 10,000 bytes of a row at most and
none that are not UTF-8, and where several quotes of a row are wrong shows another row. So the file is asked.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import duckdb
import polars as pl

from regulars.warehouse.session import lent

ORIGINALS = {"file_id": pl.Int64, "line": pl.Int64, "row_number": pl.Int64, "row_text": pl.String}
# how much text is kept in memory on its way to the table
PAGE = 16 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf".decode("latin-1")
Original = tuple[int, int, int, str]


def create_originals(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table `originals`: for a line of a file the number and the text of the row there."""
    connection.execute(
        "create or replace temp table originals"
        " (file_id bigint, line bigint, row_number bigint, row_text varchar)"
    )


def note_originals(
    connection: duckdb.DuckDBPyConnection,
    file_id: int,
    path: Path,
    lines: Sequence[int],
    *,
    delimiter: str | None,
) -> int:
    """Add to `originals` what stands at `lines`, in their order as the reader counts; returns all rows.

    Without a `delimiter` every line that is not blank is a row. With one, the first row is the header.
    """
    wanted, page, size = iter(lines), list[Original](), 0
    next_wanted, row_number = next(wanted, 0), 0 if delimiter is None else -1
    with _opened(path) as file:
        for line, text in _numbered(_rows(file, delimiter)):
            row_number += (text if delimiter else text.strip(" ")) != ""
            if line == next_wanted:
                next_wanted = next(wanted, 0)
                page.append((file_id, line, row_number, _as_delivered(text)))
                size += len(text)
            if size > PAGE:
                _insert(connection, page)
                page, size = [], 0
    _insert(connection, page)
    return row_number


def is_left_open(path: Path, delimiter: str) -> bool:
    """Whether a quoted cell of a file is never closed."""
    if not _has_quotes(path):
        return False
    last = ""
    with _opened(path) as file:
        for row in _rows(file, delimiter):
            last = row
    return _Quotes(delimiter).stay_open(last, is_open=False)


def _has_quotes(path: Path) -> bool:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return any(b'"' in page for page in iter(lambda: file.read(PAGE), b""))


def _numbered(rows: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Number and text of every row; the reader counts CR LF for two lines unless the first ends in it too."""
    line, first_end = 1, ""
    for row in rows:
        text = row.rstrip("\r\n")
        yield line, text.removeprefix(BYTE_ORDER_MARK) if line == 1 else text
        end = row[len(text) :]
        first_end = first_end or end
        line += 2 if end == "\r\n" != first_end else 1


def _opened(path: Path) -> IO[str]:
    """A file in which every byte is a letter, so that none gets lost."""
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, "rt", encoding="latin-1", newline=""))
    return path.open(encoding="latin-1", newline="")


def _as_delivered(text: str) -> str:
    r"""The text with what is not UTF-8 as `\xe9`."""
    return text.encode("latin-1").decode("utf-8", "backslashreplace")


def _insert(connection: duckdb.DuckDBPyConnection, page: list[Original]) -> None:
    if page:
        with lent(connection, page=pl.DataFrame(page, schema=ORIGINALS, orient="row")):
            connection.execute("insert into originals by name select * from page")


def _rows(lines: Iterable[str], delimiter: str | None) -> Iterator[str]:
    """The lines, joined where a quoted cell goes on; a quote that spoils its cell ends with its line."""
    if delimiter is None:
        yield from lines
        return
    quotes, begun, is_open = _Quotes(delimiter), list[str](), False
    for line in lines:
        if not is_open and ('"' not in line or quotes.are_paired(line)):
            yield line
            continue
        begun.append(line)
        is_open = quotes.stay_open(line, is_open=is_open)
        if not is_open:
            yield "".join(begun)
            begun.clear()
    if begun:
        yield "".join(begun)


class _Quotes:
    """The quotes of delimited text as DuckDB understands them: one opens a cell where it begins it."""

    def __init__(self, delimiter: str) -> None:
        # files are read with a letter for every byte
        between = re.escape(delimiter.encode().decode("latin-1"))
        cell = rf'(?: ?"(?:[^"]+|"")*+" *|(?! ?")[^{between}\r\n]*+)'
        self._paired = re.compile(rf"{cell}(?:{between}{cell})*+[\r\n]*+")
        self._opening = re.compile(rf'(?:^|{between}) ?"')
        self._to_the_end = re.compile(r'(?:[^"]+|"")*+"')
        self._behind = re.compile(rf" *(?:{between}|[\r\n]|$)")

    def are_paired(self, line: str) -> bool:
        """Whether every quoted cell of the line ends in it."""
        return self._paired.fullmatch(line) is not None

    def stay_open(self, line: str, *, is_open: bool) -> bool:
        """Whether a quoted cell goes on behind the line; `is_open` if one does before it."""
        place = 0
        while True:
            if not is_open:
                opening = self._opening.search(line, place)
                if not opening:
                    return False
                place = opening.end()
            closing = self._to_the_end.match(line, place)
            if not closing:
                return True
            place, is_open = closing.end(), False
            if not self._behind.match(line, place):
                return False
