"""Delimited text: CSV and TSV with a header, and any other text as lines of one column."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from regulars.landing.file_rows import (
    FILE,
    IS_READABLE,
    PATH,
    REJECT_SCANS,
    REJECTS,
    FileRows,
    by_name,
    duckdb_paths,
    numbered,
    place_among,
    renamed,
)
from regulars.landing.headers import Names, refuse_unclear
from regulars.store.contracts import Stream
from regulars.store.errors import UserError
from regulars.store.naming import normal_form
from regulars.store.sql import literal, quoted

LONGEST_LINE = 16 * 1024 * 1024
# else DuckDB reads sixteen lines of that length at once, even if nobody asks for more than the first rows
BUFFER = 2 * LONGEST_LINE


@dataclass(frozen=True)
class Layout:
    """How delimited text is laid out.

    Files that do not name their columns have those of `header`; then every line is a row, because quotes are
    letters. If `numbers_unclear`, columns without a name or with that of another get one with their place.
    """

    delimiter: str = ","
    header: tuple[str, ...] = ()
    numbers_unclear: bool = False

    @classmethod
    def of(cls, stream: Stream) -> "Layout":
        """What `stream` says of its files."""
        return cls(stream.delimiter, stream.header, stream.unclear_columns == "number")


def read_delimited(paths: Sequence[Path], names: Names, layout: Layout, *, rejects: bool) -> FileRows:
    """The rows of CSV or TSV files with one header; lines that they cannot hold are set aside if `rejects`.

    Raises:
        UserError: The header cannot be used.
    """
    columns = _columns(paths[0], layout)
    delimiter = separator(paths[0], layout.delimiter)
    quote = "''" if layout.header else "'\"'"
    called = names.called(columns, paths[0])
    types = ", ".join(f"{literal(column)}: 'varchar'" for column in columns)
    source = read_csv(
        paths,
        f"header = {not layout.header}, columns = {{{types}}}, delim = {literal(delimiter)},"
        f" quote = {quote}, escape = {quote}",
        rejects=rejects,
    )
    # true of every row, so that every column is read: DuckDB dies of a value that is not UTF-8 if it
    # skips a column before it, and a row must not be readable for one query and not for another
    is_row = " or ".join(f"{quoted(column)} is not null" for column in columns)
    every_column = f"(select * from {source} where {is_row} or {FILE} >= 0)"
    scan = numbered(every_column)
    return FileRows(
        tuple(paths),
        renamed(f"select *, true as {IS_READABLE} from {scan}", called),
        by_name(called),
        f"select {FILE}, count(*) from {scan} group by {FILE}",
        source=every_column,
        scan=scan,
        header_lines=int(not layout.header) if rejects else None,
    )


def separator(path: Path, delimiter: str) -> str:
    """What separates the columns of a file: a tab if its name says so."""
    return "\t" if ".tsv" in path.suffixes else delimiter


def header(path: Path, stream: Stream) -> tuple[str, ...]:
    """The columns of a file, as its first line names them, or the contract if the file does not.

    Raises:
        UserError: The header cannot be used.
    """
    return _columns(path, Layout.of(stream))


def read_csv(paths: Sequence[Path], options: str, *, rejects: bool) -> str:
    """The scan of text files, with `FILE`; `options` are DuckDB's, and say what separates columns."""
    # DuckDB takes a question mark in a name for the end of it, and then does not see the suffix
    compression = "gzip" if paths[0].suffix == ".gz" else "none"
    aside = f", store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}'"
    scan = (
        f"read_csv({duckdb_paths(paths)}, auto_detect = false, {options}, nullstr = '',"
        f" filename = {literal(PATH)}, max_line_size = {LONGEST_LINE}, buffer_size = {BUFFER},"
        # else a folder called id=7 gives every row of its files the id 7
        f" hive_partitioning = false, compression = '{compression}'{aside if rejects else ''})"
    )
    return f"(select * exclude ({quoted(PATH)}), {place_among(paths)} as {FILE} from {scan})"


def _columns(path: Path, layout: Layout) -> tuple[str, ...]:
    return layout.header or _header(path, separator(path, layout.delimiter), layout)


def _numbered(columns: Sequence[str]) -> tuple[str, ...]:
    """The names of columns, with the place of each that has none, or that of another."""
    counts = Counter(map(normal_form, columns))
    return tuple(
        name if name and counts[normal_form(name)] == 1 else f"{name} (column {place})".strip()
        for place, name in enumerate(columns, start=1)
    )


def _header(path: Path, delimiter: str, layout: Layout) -> tuple[str, ...]:
    try:
        with _open_text(path) as file:
            lines = csv.reader(_lines(file), delimiter=delimiter, strict=True)
            header = next(lines, [])
        columns = tuple(" ".join(name.split()) for name in header)
        "".join(columns).encode()
    except csv.Error as error:
        raise UserError(
            f"the header cannot be read: {error}", file=path, line=1, remedy="close its quotes"
        ) from error
    except UnicodeEncodeError:
        raise UserError("the header is not UTF-8", file=path, line=1, remedy="save it as UTF-8") from None
    if not columns:
        raise UserError(
            "the first line is empty", file=path, line=1, remedy="name the columns in the first line"
        )
    if layout.numbers_unclear:
        columns = _numbered(columns)
    refuse_unclear(columns, path, line=1)
    with _open_text(path) as file:
        breaks = {line[len(line.rstrip("\r\n")) :] for line in islice(_lines(file), lines.line_num)}
    # DuckDB takes the first break of a file for the one that ends its lines, and then finds no row at all
    if len(breaks - {""}) > 1:
        broken = next(name for name in header if "\n" in name or "\r" in name)
        raise UserError(
            f"the line break in column '{' '.join(broken.split())}' of the header is another than the one"
            " that ends the header",
            file=path,
            line=1,
            remedy="take the line break out of the column's name",
        )
    return columns


def _lines(file: IO[str]) -> Iterator[str]:
    return iter(lambda: file.readline(LONGEST_LINE), "")


def _open_text(path: Path) -> IO[str]:
    """`path` as text; bytes that are not UTF-8 become surrogates, as only the header must be here."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
