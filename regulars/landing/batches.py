"""Which new files are loaded together: neighbours of one stream with the same columns.

A statement costs milliseconds however few rows it sees, and a month of daily exports is hundreds of files.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from regulars.landing.delimited import header
from regulars.landing.streams import StreamFile
from regulars.store.contracts import file_format
from regulars.store.errors import UserError

F = TypeVar("F", bound=StreamFile)
MOST_FILES = 400
MOST_BYTES = 64 * 1024 * 1024


def batches(files: Iterable[F]) -> Iterator[tuple[F, ...]]:
    """`files` in their order, cut where the stream or the columns change, or where enough are together."""
    batch: list[F] = []
    shape: object = None
    for file in files:
        next_shape = _shape(file)
        if batch and (next_shape != shape or _is_full(batch, file)):
            yield tuple(batch)
            batch = []
        shape = next_shape
        batch.append(file)
    if batch:
        yield tuple(batch)


def _shape(file: StreamFile) -> object:
    """What files must have in common to be read as one; a file that cannot be used stands alone."""
    alike = (file.contract.path, file.stream_index, file.path.suffix == ".gz")
    match file_format(file.path.name):
        case "jsonl" if _size(file):
            return alike
        case "csv" if _size(file):
            with suppress(UserError, EOFError, OSError, zlib.error):
                return *alike, ".tsv" in file.path.suffixes, header(file.path, file.stream)
    return file.path


def _is_full(batch: Sequence[StreamFile], file: StreamFile) -> bool:
    return len(batch) == MOST_FILES or sum(map(_size, (*batch, file))) > MOST_BYTES


def _size(file: StreamFile) -> int:
    return file.path.stat().st_size
