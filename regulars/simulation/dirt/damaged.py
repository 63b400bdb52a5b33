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
LOGIN = b"<!DOCTYPE html>\n<html><body>Your session has ended, please log in.</body></html>\n"


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


def _quote_never_closed(content: bytes) -> bytes:
    end = b"\r\n" if content.split(b"\n", 1)[0].endswith(b"\r") else b"\n"
    return content + end.join([b'"never closed', b"swallowed", b""])


def _array(content: bytes) -> bytes:
    lines = gzip.decompress(content).splitlines()
    return gzip.compress(b"[" + b",".join(lines) + b"]", mtime=0)


DAMAGE: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip cut in half": ("web/", _half),
    "gzip without its trailer": ("web/", lambda content: content[:-8]),
    "gzip with a flipped byte": ("web/", _flipped),
    "not gzip at all": ("web/", gzip.decompress),
    "no bytes": ("shop/orders_", lambda _content: b""),
    "UTF-16": ("shop/orders_", _utf_16),
    "column named twice": ("shop/orders_", _header_twice),
    "needed column renamed": ("shop/products_", _column_missing),
    "quote that is never closed": ("shop/orders_", _quote_never_closed),
    "gzip under a name of plain text": ("shop/orders_", lambda content: gzip.compress(content, mtime=0)),
    "separator above the header": ("shop/orders_", lambda content: b"sep=,\n" + content),
    "page of a login instead": ("shop/orders_", lambda _content: LOGIN),
    "array instead of lines": ("web/", _array),
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
