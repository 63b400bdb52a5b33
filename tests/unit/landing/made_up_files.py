"""Files of made-up records in one dress or another, and damage that costs a whole file."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.unit.landing.made_up_rows import (
    COLUMNS,
    Cells,
    Record,
    Shape,
    calm_records,
    csv_records,
    json_records,
    orders,
    shapes,
    swallowed,
)


@dataclass(frozen=True)
class MadeUpFile:
    """A file in its dress, and whether landing must refuse it, must not, or may do either."""

    name: str
    shape: Shape
    records: tuple[Record, ...]
    header: tuple[str, ...]
    line_ends: tuple[str, ...]
    has_mark: bool
    ends_with_line: bool
    damage: Callable[[bytes], bytes]
    is_refused: bool | None

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        head = [] if self.shape.is_json else [self.shape.delimiter.join(self.header).encode()]
        lines = [*head, *(record.raw for record in self.records)]
        ended = [line + end.encode() for line, end in zip(lines, cycle(self.line_ends), strict=False)]
        text = b"".join(ended if self.ends_with_line else [*ended[:-1], *lines[-1:]])
        marked = b"\xef\xbb\xbf" * self.has_mark + text
        is_packed = self.shape.suffix.endswith(".gz")
        return self.damage(gzip.compress(marked, 1, mtime=0) if is_packed else marked)

    @property
    def numbered(self) -> list[tuple[int, Record]]:
        """The records that are rows, with their numbers."""
        return list(enumerate((record for record in self.records if record.fate != "blank"), 1))

    def turned_round(self) -> "MadeUpFile":
        """The same records from the last to the first."""
        return replace(self, records=self.records[::-1])


def _unharmed(content: bytes) -> bytes:
    return content


LINE_ENDS = [("\n",), ("\n",), ("\r\n",), ("\r\n",), ("\r",), ("\n", "\r\n"), ("\r\n", "\n", "\n")]
REFUSED: dict[str, Callable[[bytes], bytes]] = {
    "no bytes": lambda _content: b"",
    "cut header": lambda content: b'"' + content,
    "UTF-16": lambda content: content.decode("utf-8", "replace").encode("utf-16"),
}
REFUSED_JSON = {kind: REFUSED[kind] for kind in ("no bytes", "UTF-16")}
REFUSED_GZIP: dict[str, Callable[[bytes], bytes]] = {
    "no bytes": REFUSED["no bytes"],
    "cut in half": lambda content: content[: len(content) // 2],
    "without its trailer": lambda content: content[:-8],
    "not gzip": gzip.decompress,
}


@st.composite
def files(draw: DrawFn, shape: Shape, pool: Sequence[Cells], name: str) -> MadeUpFile:
    """A file that tells of orders of the pool, of some twice."""
    header = tuple(draw(st.permutations(COLUMNS)))
    one = json_records if shape.is_json else csv_records
    told = draw(st.lists(st.sampled_from(pool), max_size=8))
    records = [draw(one(shape, header, cells)) for cells in told]
    records += draw(st.sampled_from([[], [], [], records[-1:], records]))
    if draw(st.integers(0, 19)) == 0:
        # more rows than DuckDB reads at a time, before or behind the others
        many = calm_records(shape, header, draw(st.integers(2040, 2060)))
        records = draw(st.sampled_from([records + many, many + records]))
    is_refused: bool | None = shape.is_json and all(
        record.is_unreadable or record.fate == "blank" for record in records
    )
    damage = _unharmed
    if draw(st.integers(0, 9)) == 0:
        kinds = REFUSED_JSON if shape.is_json else REFUSED
        kinds = REFUSED_GZIP if shape.suffix.endswith(".gz") else kinds
        damage = draw(st.sampled_from(list(kinds.values())))
        is_refused = True
    elif not shape.is_json and draw(st.integers(0, 9)) == 0:
        records, is_refused = draw(swallowed(records, shape)), True
    line_ends = draw(st.sampled_from(LINE_ENDS))
    if len(line_ends) > 1 and not shape.is_json and not is_refused:
        is_refused = None
    decorated = str.upper if shape.writes_capitals else draw(st.sampled_from([str, " {} ".format]))
    return MadeUpFile(
        f"{name}.{shape.suffix}",
        shape,
        tuple(records),
        tuple(map(decorated, header)),
        line_ends,
        draw(st.booleans()),
        draw(st.booleans()),
        damage,
        is_refused,
    )


@st.composite
def deliveries(draw: DrawFn) -> list[MadeUpFile]:
    """Files of one shape in order of their names, of which one may be another under another name."""
    shape = draw(shapes())
    pool = [draw(orders(number)) for number in range(draw(st.integers(1, 5)))]
    delivered = [draw(files(shape, pool, name)) for name in "bdf"[: draw(st.integers(1, 3))]]
    if draw(st.integers(0, 3)) == 0:
        copied = draw(st.sampled_from(delivered))
        delivered.append(replace(copied, name=f"{draw(st.sampled_from('aceg'))}.{shape.suffix}"))
    return sorted(delivered, key=lambda file: file.name)
