"""Which new files are loaded together: neighbours of one stream with the same columns.

A statement costs milliseconds however few rows it sees, and a month of daily exports is hundreds of files.
"""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from regulars.landing.delimited import header, separator
from regulars.landing.streams import StreamFile
from regulars.landing.torn_rows import is_left_open
from regulars.store.contracts import file_format
from regulars.store.errors import UserError

F = TypeVar("F", bound=StreamFile)
MOST_FILES = 400
MOST_BYTES = 128 * 1024 * 1024
# what gzip makes of a line that repeats the keys of the line before
GZIP_RATIO = 8


def batches(files: Iterable[F]) -> Iterator[tuple[F, ...]]:
    """`files` in their order, cut where the stream or the columns change, or where enough are together."""
    batch: list[F] = []
    shape: object = None
    weight = 0
    for file in files:
        next_shape, own_weight = _shape(file), _text_size(file)
        is_full = len(batch) == MOST_FILES or weight + own_weight > MOST_BYTES
        is_other = next_shape != shape or is_full
        if batch and (is_other or _is_left_open(file) or (len(batch) == 1 and _is_left_open(batch[0]))):
            yield tuple(batch)
            batch, weight = [], 0
        shape = next_shape
        batch.append(file)
        weight += own_weight
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


def _is_left_open(file: StreamFile) -> bool:
    """Whether DuckDB would drop the end of the file without a word, as it does of files read as one."""
    if file_format(file.path.name) != "csv" or file.stream.header:
        return False
    return is_left_open(file.path, separator(file.path, file.stream.delimiter))


def _text_size(file: StreamFile) -> int:
    return _size(file) * (GZIP_RATIO if file.path.suffix == ".gz" else 1)


def _size(file: StreamFile) -> int:
    return file.path.stat().st_size
