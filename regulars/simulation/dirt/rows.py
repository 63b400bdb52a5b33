"""Puts faults into the rows of a file, and says of each row what landing must make of it."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.simulation.dirt.faults import DUPLICATE, LATE, Fault
from regulars.simulation.draws import uniform
from regulars.simulation.export import Export, Reading

TRUTH = pl.Schema(
    {"path": pl.String, "entity": pl.String, "row_number": pl.Int64, "kind": pl.String, "outcome": pl.String}
)
SUPERSEDED, UNCHANGED = "older version in the file", "delivered before"
# rows that belong to no fault
_SOUND = -1


@dataclass(frozen=True)
class Spoilt:
    """A file with its faults: what is delivered now, what is held back, and the truth about its rows."""

    export: Export
    held: pl.DataFrame
    truth: pl.DataFrame
    has_marks: bool


def spoil(export: Export, faults: tuple[Fault, ...], *, seed: int, arrived_late: pl.DataFrame) -> Spoilt:
    """Put `faults` into a file and add the rows of earlier days that arrive with it.

    Args:
        export: The file as it should have been.
        faults: What may happen to its rows.
        seed: Of the world.
        arrived_late: Rows of the same columns that earlier files of the subject lacked.
    """
    if export.frame.is_empty() and arrived_late.is_empty():
        return Spoilt(export, export.frame, TRUTH.to_frame(), has_marks=False)
    codes = _codes(export, faults, seed)
    frame = _with_changed_cells(export.frame, codes, faults)
    is_late = np.isin(codes, _positions(faults, LATE))
    held = frame.filter(pl.Series(is_late))
    repeats = np.where(is_late, 0, 1 + np.isin(codes, _positions(faults, DUPLICATE)))
    order = np.repeat(np.arange(len(codes)), repeats)
    delivered = pl.concat([frame[order], arrived_late.select(frame.columns)])
    late = np.repeat(_positions(faults, LATE)[:1], arrived_late.height)
    codes = np.concatenate([codes[order], late])
    is_copy = np.zeros(len(codes), np.bool_)
    is_copy[1 : len(order)] = order[1:] == order[:-1]
    spoilt = replace(export, frame=delivered)
    has_marks = any(fault.has_marks and (codes == code).any() for code, fault in enumerate(faults))
    return Spoilt(spoilt, held, _truth(spoilt, codes, is_copy, faults), has_marks)


def _positions(faults: tuple[Fault, ...], kind: str) -> NDArray[np.int64]:
    return np.array([code for code, fault in enumerate(faults) if fault.kind == kind], np.int64)


def _codes(export: Export, faults: tuple[Fault, ...], seed: int) -> NDArray[np.int64]:
    """The position of the fault that each row meets, or that of none."""
    if export.row_ids:
        ids, purpose = export.frame[export.row_ids].to_numpy(), f"dirt {export.subject}"
    else:
        ids, purpose = np.arange(export.frame.height), f"dirt {export.path}"
    edges = np.cumsum([fault.share for fault in faults])
    codes = np.searchsorted(edges, uniform(seed, purpose, ids), side="right")
    codes = np.where(codes == len(faults), _SOUND, codes)
    for code, fault in enumerate(faults):
        met = np.flatnonzero(codes == code)
        if fault.rows is not None and len(met):
            can = export.frame[met].select(fault.rows.fill_null(value=False)).to_series().to_numpy()
            codes[met[~can]] = _SOUND
    return codes


def _with_changed_cells(
    frame: pl.DataFrame, codes: NDArray[np.int64], faults: tuple[Fault, ...]
) -> pl.DataFrame:
    """The frame with the new contents; only the rows that meet a fault are computed anew."""
    parts, position, end = [frame], np.arange(frame.height), frame.height
    for code, fault in enumerate(faults):
        met = np.flatnonzero(codes == code)
        if fault.cells and len(met):
            parts.append(frame[met].with_columns(**fault.cells))
            position[met] = end + np.arange(len(met))
            end += len(met)
    return pl.concat(parts)[position] if len(parts) > 1 else frame


def _truth(
    export: Export, codes: NDArray[np.int64], is_copy: NDArray[np.bool_], faults: tuple[Fault, ...]
) -> pl.DataFrame:
    """A row for every row and entity that is not simply loaded as it should be."""
    met = np.flatnonzero(codes != _SOUND)
    readings = [reading for reading in export.read_as if len(met) or reading.key or reading.unchanged]
    if not readings:
        return TRUTH.to_frame()
    place = codes + 1
    names = pl.Series([None, *(fault.kind for fault in faults)], dtype=pl.String)
    dies = np.array([False, *(fault.outcome == "dead" for fault in faults)])
    is_torn = np.array([False, *(fault.is_unreadable for fault in faults)])
    asked = {name for reading in readings for name in reading.asked_columns}
    rows = pl.DataFrame(
        {
            "row_number": np.arange(1, len(codes) + 1),
            "kind": names.gather(place),
            "is_copy": is_copy,
            "is_dead": dies[place],
            "is_unreadable": is_torn[place],
            **{name: export.frame[name] for name in sorted(asked)},
        }
    )
    return pl.concat([_reading_truth(rows, reading, export.path) for reading in readings])


def _reading_truth(rows: pl.DataFrame, reading: Reading, path: str) -> pl.DataFrame:
    lives, never = ~pl.col("is_dead"), pl.lit(value=False)
    # a copy says what its original says, so it is no older version
    is_newest = pl.col(reading.key).is_last_distinct().over("is_dead", "is_copy") if reading.key else ~never
    is_unchanged = pl.col(reading.unchanged) if reading.unchanged else never
    own = rows.filter(reading.rows | pl.col("is_unreadable")).with_columns(
        is_older=lives & ~is_newest, is_unchanged=lives & is_unchanged
    )
    kind = (
        pl.when(pl.col("is_copy") | pl.col("is_dead"))
        .then("kind")
        .when("is_older")
        .then(pl.lit(SUPERSEDED))
        .when("is_unchanged")
        .then(pl.lit(UNCHANGED))
        .when(pl.col("kind") != DUPLICATE)
        .then("kind")
    )
    outcome = (
        pl.when("is_dead")
        .then(pl.lit("dead"))
        .when(pl.any_horizontal("is_copy", "is_older", "is_unchanged"))
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("loaded"))
    )
    truth = own.select(
        path=pl.lit(path), entity=pl.lit(reading.entity), row_number="row_number", kind=kind, outcome=outcome
    )
    return truth.filter(pl.col("kind").is_not_null())
