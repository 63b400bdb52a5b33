"""What of the published versions a destination has not got yet.

Of the night in force everything. Of nights before it that were not delivered only what is told once, which
are profiles, audiences and opt-outs: an action list of yesterday is no list any more.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from regulars.store.errors import UserError
from regulars.warehouse.receipts import Receipt, Receipts

if TYPE_CHECKING:
    from regulars.store.destinations import Destination
    from regulars.warehouse.versions import Published, Version

TOLD_ONCE = ("profile", "segment", "opt_outs")
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Due:
    """A file that a destination should have, and what it is called there."""

    path: Path
    receipt: Receipt


def due_files(published: "Published", destination: "Destination", receipts: Receipts) -> Iterator[Due]:
    """The files that the destination has not got, in the order of their nights.

    Each night has a folder of its own there, so that none overwrites what was not imported yet; a tool that
    names files itself gets them all in one. A name is given again only to what replaces it.

    Raises:
        UserError: A file is not as it was published.
    """
    for version in _undelivered(published, receipts):
        is_in_force = version == published.current()
        for entry in _entries(version, destination):
            if not is_in_force and entry["kind"] not in TOLD_ONCE:
                continue
            path = version.folder / "action_lists" / entry["name"]
            name = path.name
            if not destination.contract.files[entry["kind"]].name:
                name = f"{version.day.isoformat()}/{name}"
            if receipts.has(name, entry["sha256"]):
                continue
            _check(path, entry["sha256"], version)
            receipt = Receipt(name, entry["sha256"], entry["rows"], entry["about"], version.name, version.day)
            yield Due(path, receipt)


def in_words(due: Due, receipts: Receipts, published: "Published") -> str:
    """A file, and how it differs from what was delivered last of the same."""
    new = due.receipt
    told = f"{new.name}: {new.rows:,} row{'' if new.rows == 1 else 's'}"
    last = receipts.of(new.name) or receipts.newest(new.about, but=new.name)
    if not last:
        return f"{told}; the first of its kind"
    versions = {version.name: version for version in published.versions()}
    old = versions.get(last.version)
    before = old.folder / "action_lists" / due.path.parent.name / Path(last.name).name if old else None
    if not before or not before.is_file() or due.path.suffix not in (".csv", ".jsonl"):
        return f"{told}; {last.rows:,} on {last.day}"
    added, gone = _difference(before, due.path)
    return f"{told}; {last.rows:,} on {last.day}: {added:,} are new, {gone:,} of it are gone"


def _undelivered(published: "Published", receipts: Receipts) -> list["Version"]:
    """The newest version of every night from the last that was delivered up to the one in force."""
    current = published.current()
    if not current:
        return []
    last = receipts.last_day
    newest = {
        version.day: version
        for version in published.versions()
        if version.day <= current.day and (not last or version.day >= last)
    }
    return [newest[day] for day in sorted(newest)]


def _entries(version: "Version", destination: "Destination") -> Iterator[dict[str, Any]]:
    manifest = version.folder / "action_lists" / MANIFEST
    for entry in json.loads(manifest.read_text("utf-8")).get("destinations", []):
        if entry["destination"] == destination.id and entry["kind"] in destination.contract.files:
            yield entry


def _check(path: Path, sha256: str, version: "Version") -> None:
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", file=path) from error
    if found != sha256:
        raise UserError(
            "is not as it was published: its sha256 is not that of its manifest.json",
            file=path,
            remedy="put it back from a backup, or run its night again:"
            f" regulars run --day {version.day} --again",
        )


def _difference(before: Path, now: Path) -> tuple[int, int]:
    """How many rows of `now` were not in `before`, and how many of `before` are not in `now`."""
    old, new = _rows(before), _rows(now)
    added = new.join(old, on="row", how="anti").height
    return added, old.join(new, on="row", how="anti").height


def _rows(path: Path) -> pl.DataFrame:
    return pl.DataFrame({"row": path.read_text("utf-8").splitlines()}, schema={"row": pl.String})
