"""Rows that a system delivers some days after they happened.

What is held back lies in `<store>/simulation/late/`, one file a day, until the state of a later day is saved:
a day can be written again, and `advance` goes on where the days before it stopped.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from regulars.simulation.draws import uniform
from regulars.simulation.export import LINE
from regulars.simulation.saved import read_saved

LONGEST_DELAY_DAYS = 3
_SUBJECT, _DUE = "subject", "due"


def arrivals(folder: Path, day_number: int) -> Mapping[str, pl.DataFrame]:
    """The rows that arrive today, per subject, oldest first."""
    held = [
        read_saved(file, lambda path: pl.read_parquet(path).filter(pl.col(_DUE) == day_number))
        for delay in range(LONGEST_DELAY_DAYS, 0, -1)
        if (file := _file(folder, day_number - delay)).exists()
    ]
    if not held:
        return {}
    due = pl.concat(held, how="diagonal").drop(_DUE)
    return {str(subject): rows for (subject,), rows in due.partition_by(_SUBJECT, as_dict=True).items()}


def hold(folder: Path, day_number: int, rows: Mapping[str, pl.DataFrame], *, seed: int) -> None:
    """Keep the rows held back today, per subject."""
    kept = [_with_due_day(frame, subject, day_number, seed) for subject, frame in sorted(rows.items())]
    if any(frame.height for frame in kept):
        folder.mkdir(parents=True, exist_ok=True)
        target = _file(folder, day_number)
        part = target.with_suffix(".part")
        pl.concat(kept, how="diagonal").write_parquet(part)
        part.replace(target)


def forget(folder: Path, last_day: int) -> None:
    """Remove what has all arrived by the last day, and what a day after it held back."""
    for file in folder.glob("*.parquet"):
        if not last_day - LONGEST_DELAY_DAYS <= int(file.stem) <= last_day:
            file.unlink()


def _with_due_day(frame: pl.DataFrame, subject: str, day_number: int, seed: int) -> pl.DataFrame:
    draw = uniform(seed, f"delay {subject}", np.arange(frame.height), day_number)
    days = 1 + np.floor(draw * LONGEST_DELAY_DAYS).astype(np.int64)
    hidden = [name for name in frame.columns if name != LINE]
    return frame.select(
        pl.lit(subject).alias(_SUBJECT),
        pl.Series(_DUE, day_number + days, pl.Int64),
        LINE,
        *hidden,
    )


def _file(folder: Path, day_number: int) -> Path:
    return folder / f"{day_number:05}.parquet"
