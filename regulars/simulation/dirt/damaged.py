"""Whole files that stop a night by design: landing must refuse each and keep nothing of it.

They lie in `<store>/simulation/damaged/`, outside the exports, so that a hostile store still runs; a test
puts one after the other where the path in the truth says.
"""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from regulars.simulation.dirt.rows import TRUTH
from regulars.simulation.export import WrittenFile

REFUSED = "refused"
DAMAGED_DAY = 7


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def _utf_16(content: bytes) -> bytes:
    return content.decode("utf-8", errors="replace").encode("utf-16")


def _header_twice(content: bytes) -> bytes:
    header, rest = content.split(b"\n", 1)
    first = header.split(b",")[0]
    return first + b"," + header + b"\n" + b"\n".join(b"," + line for line in rest.splitlines()) + b"\n"


def _column_missing(content: bytes) -> bytes:
    return content.replace(b"Variant SKU", b"Artikelnummer", 1)


DAMAGE: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip cut in half": ("web/", _half),
    "gzip without its trailer": ("web/", lambda content: content[:-8]),
    "gzip with a flipped byte": ("web/", _flipped),
    "not gzip at all": ("web/", gzip.decompress),
    "no bytes": ("shop/orders_", lambda _content: b""),
    "UTF-16": ("shop/orders_", _utf_16),
    "column named twice": ("shop/orders_", _header_twice),
    "needed column renamed": ("shop/products_", _column_missing),
}


def write_damaged(written: tuple[WrittenFile, ...], exports: Path, folder: Path) -> pl.DataFrame:
    """Write one of today's files for every kind of damage, and return the truth about them."""
    rows = []
    for kind, (prefix, damage) in DAMAGE.items():
        sources = [file.path for file in written if file.path.startswith(prefix)]
        if sources:
            name = sources[0].replace(".", f" {kind}.", 1)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(damage((exports / sources[0]).read_bytes()))
            rows.append((name, None, None, kind, REFUSED))
    return pl.DataFrame(rows, schema=TRUTH, orient="row")
