"""What a system is about to drop for us: a table of text, who reads it, and how it becomes a file."""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

# columns that a writer needs to know rows by, and no file shows
HIDDEN = "_"
LINE = "line"

# letters of the private use area: they stand for bytes that no text can hold or a CSV writer would mend
LATIN_1_LETTER, STRAY_DELIMITER, STRAY_QUOTE, SWALLOWED_CELL = "\ue0e9", "\ue03b", "\ue022", "\ue000"


@dataclass(frozen=True)
class Reading:
    """The rows of a file that become one landing entity.

    `key` names the column by which the entity knows a row, where a clean file may hold several versions of
    one; `unchanged` the column that says which rows were delivered before and say nothing new.
    """

    entity: str
    rows: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    key: str | None = None
    unchanged: str | None = None

    @property
    def asked_columns(self) -> set[str]:
        """The columns that say which rows are read, and how."""
        return {*self.rows.meta.root_names(), *filter(None, (self.key, self.unchanged))}


@dataclass(frozen=True)
class Export:
    """A file before it is written: text columns in order; JSON lines are one column `line`.

    `subject` says which faults may happen to it. `row_ids` names a column whose rows meet the same fault in
    every file that repeats them.
    """

    subject: str
    path: str
    frame: pl.DataFrame
    read_as: tuple[Reading, ...]
    separator: str = ","
    row_ids: str | None = None
    is_written_empty: bool = False

    @property
    def is_json(self) -> bool:
        """Whether the file holds one JSON object a line."""
        return self.path.removesuffix(".gz").endswith(".jsonl")

    @property
    def is_gzip(self) -> bool:
        """Whether the file is compressed."""
        return self.path.endswith(".gz")

    @property
    def columns(self) -> list[str]:
        """The columns that the file shows."""
        return [name for name in self.frame.columns if not name.startswith(HIDDEN)]


@dataclass(frozen=True)
class Dress:
    """How the bytes of a file look where a format leaves a choice."""

    has_byte_order_mark: bool = False
    line_end: str = "\n"


@dataclass(frozen=True)
class WrittenFile:
    """A file as it was written."""

    path: str
    system: str
    rows: int
    size_bytes: int


def write_export(export: Export, exports: Path, *, dress: Dress, has_marks: bool) -> WrittenFile:
    """Write a file under a temporary name and rename it, so that nobody finds half of one.

    Args:
        export: What to write.
        exports: The folder of the store's exports.
        dress: How its bytes look.
        has_marks: Whether letters of the private use area stand for bytes.
    """
    target = exports / export.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    if has_marks or dress != Dress():
        part.write_bytes(_dressed(export, dress))
    else:
        _write(export, part, is_gzip=export.is_gzip)
    part.replace(target)
    size = target.stat().st_size
    return WrittenFile(export.path, export.path.split("/", 1)[0], export.frame.height, size)


def _write(export: Export, target: Path | io.BytesIO, *, is_gzip: bool) -> None:
    export.frame.select(export.columns).write_csv(
        target,
        separator=export.separator,
        include_header=not export.is_json,
        quote_style="never" if export.is_json else "necessary",
        compression="gzip" if is_gzip else "uncompressed",
        compression_level=1 if is_gzip else None,
        check_extension=False,
    )


def _dressed(export: Export, dress: Dress) -> bytes:
    plain = io.BytesIO()
    _write(export, plain, is_gzip=False)
    content = plain.getvalue()
    for mark, meant in _bytes_of_marks(export.separator).items():
        content = content.replace(mark.encode(), meant)
    if dress.line_end != "\n":
        content = content.replace(b"\n", dress.line_end.encode())
    content = b"\xef\xbb\xbf" * dress.has_byte_order_mark + content
    return gzip.compress(content, compresslevel=1, mtime=0) if export.is_gzip else content


def _bytes_of_marks(separator: str) -> Mapping[str, bytes]:
    return {
        LATIN_1_LETTER: "é".encode("latin-1"),
        STRAY_DELIMITER: separator.encode(),
        STRAY_QUOTE: b'"',
        SWALLOWED_CELL + separator: b"",
    }
