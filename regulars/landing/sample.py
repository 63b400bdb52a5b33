"""The beginning of a text file as a file of its own, because a reader that stops early forgets torn lines."""

import gzip
from pathlib import Path
from typing import IO, cast

from regulars.landing.delimited import LONGEST_LINE
from regulars.store.contracts import file_format


def write_first_lines(path: Path, folder: Path, *, lines: int) -> Path:
    """Write the first lines of `path` into `folder`; returns the new file.

    So as not to tear a quoted line break, CSV goes on for up to as many lines again while a quote is open.
    """
    sample = folder / path.name
    has_quotes = file_format(path.name) == "csv"
    quotes = 0
    with _opened(path, "rb") as whole, _opened(sample, "wb") as beginning:
        for number in range(2 * lines):
            if number >= lines and not quotes % 2:
                break
            line = whole.readline(LONGEST_LINE)
            quotes += line.count(b'"') if has_quotes else 0
            beginning.write(line)
    return sample


def _opened(path: Path, mode: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, mode) if path.suffix == ".gz" else path.open(mode))
