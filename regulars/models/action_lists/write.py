"""Writes one CSV per channel and a manifest, each by a temporary name and one rename.

UTF-8 without BOM, LF, RFC 4180 quoting, ordered by customer_id: the same decisions give the same bytes.
The manifest is removed first and written last, so that a folder with a manifest is a finished one.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.action_lists.handed_over import record_handed_over
from regulars.models.action_lists.last_look import last_look
from regulars.models.decisions.decide import night_of
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels

MANIFEST = "manifest.json"
COLUMNS = (
    "decision_id",
    "as_of_date",
    "customer_id",
    "customer_ref",
    "address",
    "action_id",
    "offer",
    "customer_reason",
)

# what a list cannot do without; a customer known by an address only has no customer_ref
FILLED = ("customer_id", "address", "action_id", "customer_reason")

KEPT_OUT = """
select kept_out, count(*)
from action_list_rows
where channel = {channel} and kept_out is not null
group by kept_out
order by kept_out
"""

# an empty cell is null, because DuckDB writes an empty text as two quotes
LIST = """
copy (
    select {columns}
    from action_list_rows
    where channel = {channel} and kept_out is null
    order by customer_id
) to {path} (format csv, header true, delimiter ',', quote '"', escape '"', dateformat '%Y-%m-%d', nullstr '')
"""


@dataclass(frozen=True)
class ActionList:
    """One written file; rows and kept_out together are the channel's decisions."""

    name: str
    channel: str
    rows: int
    sha256: str
    kept_out: dict[str, int]


@dataclass(frozen=True)
class Manifest:
    """What a finished folder of action lists holds."""

    as_of_date: date
    run_id: str
    config_hash: str
    files: tuple[ActionList, ...]

    def json(self) -> str:
        """The content of manifest.json: sorted keys, one final line feed."""
        content = asdict(self) | {"as_of_date": self.as_of_date.isoformat()}
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_action_lists(  # noqa: PLR0913 - four belong to the store and the night, two name the run in the manifest
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    *,
    folder: Path,
    run_id: str,
    config_hash: str,
) -> Manifest:
    """Write `<channel>.csv` for every channel, also when it is empty, and then manifest.json.

    Replaces what `record_handed_over` does as well, from the same rows. Reads what that reads,
    decisions.next_actions and marts.customer_permissions. Rows that lost their permission since they were
    decided, share an address, or hold a cell that a machine file does not accept, stay out; the manifest
    counts them by reason. `folder` is ours: lists of earlier nights and other channels are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    with last_look(connection, catalogue, channels):
        record_handed_over(connection, catalogue)
        files = tuple(_write_list(connection, channel_id, folder) for channel_id in channels.ids)
    manifest = Manifest(night_of(connection), run_id, config_hash, files)
    with whole_file(folder / MANIFEST) as draft:
        draft.write_text(manifest.json(), "utf-8", newline="\n")
    return manifest


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that becomes `path` when the block ends well, and vanishes if not."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        _sync(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Remove the manifest first: without it nobody takes what is left for a finished folder."""
    (folder / MANIFEST).unlink(missing_ok=True)
    _sync(folder)
    for old in (*folder.glob("*.csv"), *folder.glob(".*.draft")):
        old.unlink()


def _write_list(connection: "duckdb.DuckDBPyConnection", channel_id: str, folder: Path) -> ActionList:
    path = folder / f"{channel_id}.csv"
    kept_out = dict(connection.execute(KEPT_OUT.format(channel=literal(channel_id))).fetchall())
    with whole_file(path) as draft:
        copy = LIST.format(
            columns=", ".join(map(quoted, COLUMNS)), channel=literal(channel_id), path=literal(str(draft))
        )
        ((rows,),) = connection.execute(copy).fetchall()
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return ActionList(path.name, channel_id, rows, sha256, kept_out)
