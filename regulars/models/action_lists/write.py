"""Writes one CSV per channel, the files of each destination and a manifest, each by one rename.

The generic lists are ordered by customer_id: the same decisions give the same bytes. The manifest is
removed first and written last, so that a folder with a manifest is a finished one.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.models.action_lists.destinations import DestinationFile, write_destinations
from regulars.models.action_lists.files import sha256_of, sync, whole_file
from regulars.models.action_lists.handed_over import record_handed_over
from regulars.models.action_lists.last_look import last_look
from regulars.models.action_lists.products import listed_sql, product_columns
from regulars.models.decisions.decide import night_of
from regulars.store.sql import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from regulars.store.actions import ActionCatalogue
    from regulars.store.channels import Channels
    from regulars.store.destinations import Destination

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
    from {listed}
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
    destinations: tuple[DestinationFile, ...] = ()

    def json(self) -> str:
        """The content of manifest.json: sorted keys, one final line feed."""
        content = asdict(self) | {"as_of_date": self.as_of_date.isoformat()}
        if not self.destinations:
            del content["destinations"]
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_action_lists(  # noqa: PLR0913 - four belong to the store and the night, two name the run in the manifest
    connection: "duckdb.DuckDBPyConnection",
    catalogue: "ActionCatalogue",
    channels: "Channels",
    *,
    folder: Path,
    run_id: str,
    config_hash: str,
    destinations: "Collection[Destination]" = (),
) -> Manifest:
    """Write `<channel>.csv` for every channel, also an empty one, `<destination>/...`, then manifest.json.

    Replaces what `record_handed_over` and `write_destinations` do as well, from the same rows. Reads what
    these read, decisions.next_actions and marts.customer_permissions, and predictions.recommendations where
    an action recommends products. Rows that lost their permission since
    they were decided, share an address, or hold a cell that a machine file or the tool behind the channel
    does not accept, stay out; the manifest counts them by reason. `folder` is ours: lists of earlier nights
    and other channels are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    with last_look(connection, catalogue, channels, destinations):
        record_handed_over(connection, catalogue)
        files = tuple(_write_list(connection, catalogue, channel_id, folder) for channel_id in channels.ids)
        handed = write_destinations(connection, destinations, catalogue, channels, folder=folder)
    manifest = Manifest(night_of(connection), run_id, config_hash, files, handed)
    with whole_file(folder / MANIFEST) as draft:
        draft.write_text(manifest.json(), "utf-8", newline="\n")
    return manifest


def _clear(folder: Path) -> None:
    """Remove the manifest first: without it nobody takes what is left for a finished folder."""
    (folder / MANIFEST).unlink(missing_ok=True)
    sync(folder)
    for old in (*folder.glob("*.csv"), *folder.glob(".*.draft")):
        old.unlink()
    for old in (path for path in folder.iterdir() if path.is_dir()):
        shutil.rmtree(old)


def list_columns(catalogue: "ActionCatalogue", channel_id: str) -> tuple[str, ...]:
    """The columns of a channel's list: COLUMNS, and as many products as any action of it recommends."""
    return (*COLUMNS, *product_columns(catalogue, channel_id))


def _write_list(
    connection: "duckdb.DuckDBPyConnection", catalogue: "ActionCatalogue", channel_id: str, folder: Path
) -> ActionList:
    path = folder / f"{channel_id}.csv"
    kept_out = dict(connection.execute(KEPT_OUT.format(channel=literal(channel_id))).fetchall())
    with whole_file(path) as draft:
        copy = LIST.format(
            columns=", ".join(map(quoted, list_columns(catalogue, channel_id))),
            listed=listed_sql(catalogue, channel_id),
            path=literal(str(draft)),
        )
        ((rows,),) = connection.execute(copy).fetchall()
    return ActionList(path.name, channel_id, rows, sha256_of(path), kept_out)
