"""What may happen to a whole file without making it unreadable: names, bytes, columns, a second delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import polars as pl

from regulars.simulation.dirt.rows import TRUTH
from regulars.simulation.draws import uniform
from regulars.simulation.export import HIDDEN, Dress, Export
from regulars.simulation.world import World

REDELIVERY = "file delivered again under another name"
REDELIVERED = ("pos receipts",)
REDELIVERY_EVERY_DAYS, REDELIVERY_DAY = 30, 9
HOSTILE_SHARE = 0.1
KINDS = (
    "byte order mark",
    "lines end in CR LF",
    "strange file name",
    "columns in another order",
    "header in capitals and blanks",
    "new column",
    "totals at the end",
)
CSV_KINDS, WITH_TOTALS = KINDS[3:6], KINDS[6]
# what a report on top of the export writes below its rows
TOTALS: Mapping[str, Mapping[str, str]] = {
    "pos receipts": {"ReceiptNo": "Total", "Qty": "1.204", "LineTotal": "12.345,60"},
    "survey answers": {"#": "Total: 12"},
}


@dataclass(frozen=True)
class Packed:
    """A file with the dress its bytes get, and the truth about the file as a whole."""

    export: Export
    dress: Dress
    truth: pl.DataFrame


def pack(export: Export, world: World) -> Packed:
    """Draw what happens to the file as a whole; only in a hostile world anything does."""
    kind = _kind(export, world)
    dress = Dress(has_byte_order_mark=kind == KINDS[0], line_end="\r\n" if kind == KINDS[1] else "\n")
    if kind == KINDS[2]:
        path = PurePosixPath(export.path)
        export = replace(
            export,
            path=str(
                path.with_name(f"{path.name.split('.')[0]} 'n' [1] \"é\" #2%.{path.name.split('.', 1)[1]}")
            ),
        )
    elif kind == WITH_TOTALS:
        export = replace(export, frame=_with_totals(export))
        return Packed(export, dress, _file_truth(export, kind, "dead", row_number=export.frame.height))
    elif kind in CSV_KINDS:
        export = replace(export, frame=_with_other_columns(export, kind))
    return Packed(export, dress, _file_truth(export, kind, "loaded"))


def redelivery(export: Export, day_number: int) -> Export | None:
    """The same file under another name, on the days on which a system delivers twice."""
    if export.subject not in REDELIVERED or day_number % REDELIVERY_EVERY_DAYS != REDELIVERY_DAY:
        return None
    # sorts behind the original, which is therefore the one that is landed
    return replace(export, path=export.path.replace(".csv", "_redelivered.csv"))


def redelivery_truth(export: Export) -> pl.DataFrame:
    """The truth about a file that landing knows already."""
    return _file_truth(export, REDELIVERY, "known")


def _kind(export: Export, world: World) -> str | None:
    if world.dirt != "hostile":
        return None
    draw = uniform(world.seed, f"file {export.path}", np.zeros(1, np.int64))[0]
    position = int(draw / HOSTILE_SHARE)
    kinds = KINDS if export.subject in TOTALS else KINDS[:3] if export.is_json else KINDS[:6]
    return kinds[position] if position < len(kinds) else None


def _with_other_columns(export: Export, kind: str) -> pl.DataFrame:
    shown, frame = export.columns, export.frame
    hidden = [name for name in frame.columns if name.startswith(HIDDEN)]
    if kind == CSV_KINDS[0]:
        return frame.select(*reversed(shown), *hidden)
    if kind == CSV_KINDS[1]:
        return frame.rename({name: f" {name.upper().replace(' ', '  ')} " for name in shown})
    return frame.with_columns(pl.lit("new").alias("Added by the vendor")).select(
        *shown, "Added by the vendor", *hidden
    )


def _with_totals(export: Export) -> pl.DataFrame:
    return pl.concat([export.frame, pl.DataFrame(TOTALS[export.subject])], how="diagonal")


def _file_truth(
    export: Export, kind: str | None, outcome: str, *, row_number: int | None = None
) -> pl.DataFrame:
    """A row per entity, without the number of a row unless the fault is one."""
    if kind is None:
        return TRUTH.to_frame()
    entities = [reading.entity for reading in export.read_as]
    return pl.DataFrame(
        {
            "path": [export.path] * len(entities),
            "entity": entities,
            "row_number": [row_number] * len(entities),
            "kind": [kind] * len(entities),
            "outcome": [outcome] * len(entities),
        },
        schema=TRUTH,
    )
