"""Records of made-up orders with random damage, each with what landing must make of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

COLUMNS = ("id", "placed", "amount", "who", "note", "kind")
TAKEN = "o"
Cells = dict[str, str | None]
Fate = Literal["order", "dead", "skipped", "blank"]


@dataclass(frozen=True)
class Record:
    """What stands between two line ends: its bytes, its cells, and what becomes of it.

    An unreadable record is no row of the format; `cells` are of the others.
    """

    raw: bytes
    fate: Fate
    cells: Cells
    is_unreadable: bool = False


@dataclass(frozen=True)
class Shape:
    """What the files of one delivery have in common."""

    suffix: str
    delimiter: str
    has_condition: bool
    keeps_unknown: bool
    writes_capitals: bool

    @property
    def is_json(self) -> bool:
        """Whether a record is a line."""
        return "jsonl" in self.suffix

    @property
    def stream(self) -> dict[str, object]:
        """What the contract says of the files."""
        condition = {"where": f"kind = '{TAKEN}'"} if self.has_condition else {}
        unknown = {"unknown_columns": "keep" if self.keeps_unknown else "ignore"}
        files = {"files": f"*.{self.suffix}", "delimiter": self.delimiter, "optional": True}
        return {**files, **unknown, **condition}

    def extras(self, cells: Cells) -> Cells:
        """The cells with a value that the contract does not read."""
        unread = ("note",) if self.has_condition else ("note", "kind")
        return {name: cells[name] for name in unread if self.keeps_unknown and cells[name] is not None}


# letters that formats, shells, spreadsheets and C programs find meaning in; all are text here
LETTERS = st.sampled_from([*"ab0 \",;\t|\n'\\#=%é€\x00\x1a\ufeff\u2028\U0001f469", "\r\n", "\r", '""'])
TEXT = st.lists(LETTERS, max_size=6).map("".join)
# landing trims, so that values end in letters
VALUES = st.none() | TEXT.map(lambda text: f"a{text}z")
AMOUNTS = st.none() | st.integers(-(10**6), 10**6).map(lambda cents: f"{cents / 100:.2f}")
DAYS = st.integers(1, 31).map(lambda day: f"2024-05-{day:02}T{day % 24:02}:30:00Z")
UNTYPABLE: dict[str, list[str | None]] = {
    "id": [None],
    "placed": [None, "soon", "2024-02-30T10:00:00Z", "00.00.0000", "infinity"],
    "amount": ["x", "NaN", "1e99", "1.2.3", "USD 1"],
}
STRAY_BYTES = (b"\xe9", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe9\xe8", b"\xf5a")


@st.composite
def orders(draw: DrawFn, number: int) -> Cells:
    """The cells of an order that no other has; its kind says whether a condition takes it."""
    return {
        "id": f"o{number}{draw(TEXT)}z",
        "placed": draw(DAYS),
        "amount": draw(AMOUNTS),
        "who": draw(VALUES),
        "note": draw(VALUES),
        "kind": draw(st.sampled_from([TAKEN, TAKEN, "x", None])),
    }


@st.composite
def untypable(draw: DrawFn, cells: Cells) -> Cells:
    """The cells with one that has no value of its type."""
    name = draw(st.sampled_from(sorted(UNTYPABLE)))
    return cells | {name: draw(st.sampled_from(UNTYPABLE[name]))}


def fate(shape: Shape, cells: Cells, *, is_dead: bool = False) -> Fate:
    """What becomes of a row that can be read."""
    if shape.has_condition and cells["kind"] != TAKEN:
        return "skipped"
    return "dead" if is_dead else "order"


@st.composite
def cell_bytes(draw: DrawFn, value: str | None, delimiter: str) -> bytes:
    """A cell as one of the writers of this world puts it."""
    if value is None:
        return draw(st.sampled_from([b"", b'""']))
    if any(letter in value for letter in (delimiter, "\n", "\r")) or draw(st.booleans()):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'.encode()
    return value.encode()


def is_quoted(cell: bytes) -> bool:
    return cell.startswith(b'"')


@st.composite
def csv_records(draw: DrawFn, shape: Shape, header: Sequence[str], cells: Cells) -> Record:
    """A row with the cells, or with damage that costs this row and no other."""
    kind = draw(st.sampled_from(["whole", "whole", "more empty", "untypable", *UNREADABLE_ROWS, "blank"]))
    if kind == "blank":
        return Record(b"", "blank", {})
    if kind == "untypable":
        cells = draw(untypable(cells))
    row = [draw(cell_bytes(cells[name], shape.delimiter)) for name in header]
    between = shape.delimiter.encode()
    if kind in UNREADABLE_ROWS:
        raw = draw(UNREADABLE_ROWS[kind](row, between))
        return Record(raw, "dead", {}, is_unreadable=True)
    raw = between.join(row) + (between * draw(st.integers(1, 3)) if kind == "more empty" else b"")
    return Record(raw, fate(shape, cells, is_dead=kind == "untypable"), cells)


@st.composite
def short_rows(draw: DrawFn, row: list[bytes], between: bytes) -> bytes:
    return between.join(row[: draw(st.integers(2, len(row) - 1))])


@st.composite
def long_rows(draw: DrawFn, row: list[bytes], between: bytes) -> bytes:
    return between.join([*row, *draw(st.lists(st.sampled_from([b"", b"x", b'"x"']), max_size=2)), b"x"])


@st.composite
def rows_with_stray_bytes(draw: DrawFn, row: list[bytes], between: bytes) -> bytes:
    spoilt, stray = draw(st.integers(0, len(row) - 1)), draw(st.sampled_from(STRAY_BYTES))
    cell = row[spoilt]
    new = cell[:-1] + stray + b'"' if is_quoted(cell) else cell + stray
    cut = draw(st.sampled_from([len(row), len(row), max(2, spoilt + 1)]))
    return between.join([*row[:spoilt], new, *row[spoilt + 1 :]][:cut])


@st.composite
def rows_with_stray_quotes(draw: DrawFn, row: list[bytes], between: bytes) -> bytes:
    """Text behind a closing quote, in one or two cells; a line break in such a row stops the file."""
    calm = [cell if b"\n" not in cell and b"\r" not in cell else b"a" for cell in row]
    for place in draw(st.sets(st.integers(0, len(row) - 1), min_size=1, max_size=2)):
        calm[place] = b'"a"' + draw(st.sampled_from([b"b", b" b", b"b c", b"\xe9"]))
    return between.join(calm)


@st.composite
def lines_of_something_else(draw: DrawFn, _row: list[bytes], _between: bytes) -> bytes:
    return draw(st.sampled_from([b"x", b"\x00", b"  ", b"TOTAL 3", b"-- 3 rows --", b"\xff\xfe"]))


Rows = Callable[[list[bytes], bytes], st.SearchStrategy[bytes]]
UNREADABLE_ROWS: dict[str, Rows] = {
    "short": short_rows,
    "long": long_rows,
    "stray bytes": rows_with_stray_bytes,
    "stray quotes": rows_with_stray_quotes,
    "something else": lines_of_something_else,
}


@st.composite
def json_records(draw: DrawFn, shape: Shape, _header: Sequence[str], cells: Cells) -> Record:
    """A line with an object of the cells, or with damage."""
    kind = draw(st.sampled_from(["whole", "whole", "untypable", "no object", "stray bytes", "blank"]))
    if kind == "blank":
        return Record(draw(st.sampled_from([b"", b"  "])), "blank", {})
    if kind == "untypable":
        cells = draw(untypable(cells))
    line = draw(json_lines(cells))
    if kind == "no object":
        return Record(draw(broken_lines(line)), "dead", {}, is_unreadable=True)
    if kind == "stray bytes":
        stray = draw(st.sampled_from(STRAY_BYTES))
        return Record(line.replace(b"o", b"o" + stray, 1), "dead", {}, is_unreadable=True)
    return Record(line, fate(shape, cells, is_dead=kind == "untypable"), cells)


@st.composite
def json_lines(draw: DrawFn, cells: Cells) -> bytes:
    """An object in one of its spellings."""
    names = draw(
        st.permutations([name for name in COLUMNS if cells[name] is not None or draw(st.booleans())])
    )
    content: dict[str, Any] = {name: cells[name] for name in names}
    if cells["amount"] and cells["amount"] not in UNTYPABLE["amount"] and draw(st.booleans()):
        content["amount"] = float(cells["amount"])
    colon = draw(st.sampled_from([":", ": ", " : "]))
    return json.dumps(content, ensure_ascii=draw(st.booleans()), separators=(",", colon)).encode()


@st.composite
def broken_lines(draw: DrawFn, line: bytes) -> bytes:
    cut = line[: draw(st.integers(1, len(line) - 1))]
    others = [b"x", b"null", b"7", b'["o"]', b'"o"', b"[" + line + b"]", line + b"x", line + line]
    others += [b"{}\x00", b'{"id": "\x00"}', b'{"id": "\\ud800"}', b"\x00", b"{\xef\xbb\xbf}"]
    return draw(st.sampled_from([cut, cut, *others]))


def calm_records(shape: Shape, header: Sequence[str], count: int) -> list[Record]:
    """Orders of which nothing is to be told."""
    between, records = shape.delimiter.encode(), []
    for number in range(count):
        cells: Cells = {"placed": "2024-05-01T10:00:00Z", "amount": "1.00", "who": "ann", "note": None}
        cells |= {"id": f"f{number}", "kind": TAKEN}
        row = between.join((cells[name] or "").encode() for name in header)
        records.append(Record(json.dumps(cells).encode() if shape.is_json else row, "order", cells))
    return records


@st.composite
def swallowed(draw: DrawFn, records: list[Record], shape: Shape) -> list[Record]:
    """The records with one whose quote is not closed, between two that have no quote to close it."""
    between = shape.delimiter.encode()
    torn = Record(between.join([b"a", b'"a', b"a", b"a", b"a", b"a"]), "dead", {}, is_unreadable=True)
    calm = Record(between.join([b"a"] * 6), "dead", {}, is_unreadable=True)
    place = draw(st.integers(0, len(records)))
    return [*records[:place], calm, torn, calm, *records[place:]]


@st.composite
def shapes(draw: DrawFn) -> Shape:
    suffix = draw(st.sampled_from(["csv", "csv", "csv.gz", "tsv", "jsonl", "jsonl", "jsonl.gz"]))
    delimiter = draw(st.sampled_from([",", ";", "|", "\t"])) if suffix.startswith("csv") else ","
    delimiter = "\t" if suffix == "tsv" else delimiter
    return Shape(suffix, delimiter, draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))
