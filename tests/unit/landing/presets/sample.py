"""What a sample is, and how text in a vendor's layout is written."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """Files below the system's folder, and what landing must make of them.

    Args:
        files: Name of each file and its content.
        landed: Entity: a line with its columns and a line per row, cells between ` | `, `-` for nothing.
        dead: File, row, column and reason of each dead letter.
        skipped: Entity: how many rows are left to other streams or to nobody.
        settings: What the store tells the preset.
        keys: Other keys of the contract, such as `time_zone`.
    """

    files: Mapping[str, str | bytes]
    landed: Mapping[str, str]
    dead: list[tuple[str, int, str, str]] = field(default_factory=list)
    skipped: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


def cells(line: str) -> tuple[str | None, ...]:
    """The cells of a line of `landed`."""
    return tuple(None if cell.strip() == "-" else cell.strip() for cell in line.split(" | "))


def csv_text(header: str, table: str, *, delimiter: str = ",", below: str = "") -> str:
    """CSV with the columns of `header`, which stand between `, `.

    Each line of `table` is a row, `Column: value` between ` | `; `below` stands between header and rows.
    """
    columns = header.split(", ")
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    text.write(below)
    for line in table.strip().splitlines():
        writer.writerow(dict(cell.strip().split(": ", 1) for cell in line.split(" | ")))
    return text.getvalue()


def json_lines(objects: Iterable[object]) -> str:
    """One object a line."""
    return "".join(json.dumps(one) + "\n" for one in objects)
