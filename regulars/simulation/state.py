"""What changes from day to day: how people are doing, what is under way, and how to go on from it exactly.

Saved as one folder, `<store>/simulation/state/`: numbers of people in `people.npz`, what is under way as one
Parquet file each, the rest in `state.json`. A saved and loaded state gives the same next day, byte for byte.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.facts import ORDER_LINES, ORDERS, TICKETS, shaped
from regulars.simulation.people import People
from regulars.simulation.saved import read_saved

FIRST_ORDER, FIRST_TICKET = 1001, 20_001
ORDERS_KEPT_DAYS = 45
UNSTATED, GRANTED, REFUSED = 0, 1, 2

_PARCELS = {
    "due": pl.Int32(),
    "order_id": pl.Int64(),
    "person": pl.Int32(),
    "is_late": pl.Boolean(),
    "is_defect": pl.Boolean(),
}
_RETURNS = {
    "due": pl.Int32(),
    "order_id": pl.Int64(),
    "person": pl.Int32(),
    "ordered": pl.Int32(),
    "is_whole": pl.Boolean(),
}
AGENDA: dict[str, pl.Schema] = {
    "parcels": pl.Schema(_PARCELS),
    "returns": pl.Schema(_RETURNS),
    "tickets": pl.Schema({"due": pl.Int32(), "mood": pl.Float32(), **TICKETS}),
}
_RECENT = {
    "recent_orders": pl.Schema({"ordered": pl.Int32(), **ORDERS}),
    "recent_lines": pl.Schema({"ordered": pl.Int32(), **ORDER_LINES}),
}

_NUMBERS = ("hazard_so_far", "mood", "uplift", "disturbance", "touched")
_FLAGS = ("is_erased", "is_known_to_support")
_DAYS = ("left_on", "last_order", "offer_until")
_ARRAYS = (
    *_NUMBERS,
    *_DAYS,
    *_FLAGS,
    "orders",
    "shop_orders",
    "permission",
    "suppressed",
    "account_orders",
    "account_spent_cents",
    "offer",
)
_COUNTS = ("day", "next_order", "next_ticket", "actions")


@dataclass
class State:
    """One entry per person where it is an array; `day` is the last simulated day, -1 before the first."""

    hazard_so_far: Floats
    left_on: Ints  # day number, -1 while active
    mood: Floats  # about 0, negative after bad service
    uplift: Floats  # on the logarithm of the purchase rate, from actions; decays
    disturbance: Floats  # on the logarithm of the hazard, from actions; decays
    touched: Floats  # touches of about the last 30 days, decayed
    permission: Ints  # channel by person: UNSTATED, GRANTED or REFUSED
    orders: Ints
    shop_orders: Ints
    account_orders: Ints  # account by person: the first and the second
    account_spent_cents: Ints  # as above
    last_order: Ints  # day number, -1 before the first
    offer: Ints  # index into `actions` of the newest offer, -1 without
    offer_until: Ints  # its last day
    suppressed: Bools  # address by its owner: the mail system gave up on it
    is_erased: Bools
    is_known_to_support: Bools
    day: int = -1
    next_order: int = FIRST_ORDER
    next_ticket: int = FIRST_TICKET
    actions: list[str] = field(default_factory=list)
    agenda: dict[str, pl.DataFrame] = field(default_factory=dict)
    recent: list[tuple[int, pl.DataFrame, pl.DataFrame]] = field(default_factory=list)

    def take_due(self, kind: str, day: int) -> pl.DataFrame:
        """Remove from the agenda what is due by `day`, and return it."""
        waiting = self.agenda[kind]
        self.agenda[kind] = waiting.filter(pl.col("due") > day)
        return waiting.filter(pl.col("due") <= day)

    def plan(self, kind: str, items: pl.DataFrame) -> None:
        """Add items to the agenda."""
        schema = AGENDA[kind]
        self.agenda[kind] = pl.concat([self.agenda[kind], shaped(items, schema)])

    def remember(self, day: int, orders: pl.DataFrame, lines: pl.DataFrame) -> None:
        """Keep a day's orders for later refunds and forget those of more than 45 days ago."""
        kept = [entry for entry in self.recent if entry[0] > day - ORDERS_KEPT_DAYS]
        self.recent = [*kept, (day, orders, lines)]

    def action_index(self, action: str) -> int:
        """The number by which an action is remembered; new actions are appended."""
        if action not in self.actions:
            self.actions.append(action)
        return self.actions.index(action)


def first_state(of: People) -> State:
    """Before day 0: nobody has done anything."""
    people = len(of)
    arrays: dict[str, Any] = {
        **{name: np.zeros(people, dtype=np.float32) for name in _NUMBERS},
        **{name: np.full(people, -1, dtype=np.int32) for name in _DAYS},
        **{name: np.zeros(people, dtype=np.int32) for name in ("orders", "shop_orders")},
        **{name: np.zeros(people, dtype=bool) for name in _FLAGS},
        "mood": of.usual_mood.copy(),
        "permission": np.zeros((3, people), dtype=np.int8),
        "suppressed": np.zeros((4, people), dtype=bool),
        "account_orders": np.zeros((2, people), dtype=np.int32),
        "account_spent_cents": np.zeros((2, people), dtype=np.int64),
        "offer": np.full(people, -1, dtype=np.int16),
    }
    return State(**arrays, agenda={kind: schema.to_frame() for kind, schema in AGENDA.items()})


def save_state(state: State, folder: Path) -> None:
    """Replace the saved state; the folder, or the one before it as `.old`, is there whole at any moment."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    np.savez(part / "people.npz", **{name: getattr(state, name) for name in _ARRAYS})
    for kind, frame in state.agenda.items():
        frame.write_parquet(part / f"{kind}.parquet")
    _save_recent("recent_orders", [(day, orders) for day, orders, _ in state.recent], part)
    _save_recent("recent_lines", [(day, lines) for day, _, lines in state.recent], part)
    counts = {name: getattr(state, name) for name in _COUNTS}
    days_kept = {"recent_days": [entry[0] for entry in state.recent]}
    (part / "state.json").write_text(json.dumps(counts | days_kept) + "\n", "utf-8")
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def disown(folder: Path) -> None:
    """Let a saved state be none any more."""
    for state in (folder, _old(folder)):
        (state / "state.json").unlink(missing_ok=True)


def _old(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")


def _save_recent(kind: str, days: list[tuple[int, pl.DataFrame]], folder: Path) -> None:
    schema = _RECENT[kind]
    frames = [frame.with_columns(ordered=pl.lit(day, pl.Int32)).select(schema.names()) for day, frame in days]
    pl.concat([schema.to_frame(), *frames]).write_parquet(folder / f"{kind}.parquet")


def load_state(folder: Path) -> State | None:
    """The saved state, or none when a simulation did not come to its end.

    The one that was about to be replaced when the program was killed is put back.
    """
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)
    if not (folder / "state.json").is_file():
        return None
    counts = read_saved(folder / "state.json", _read_counts)
    days = counts.pop("recent_days")
    people = read_saved(folder / "people.npz", _read_arrays)
    recent = _read_frames(_RECENT, folder)
    orders, lines = (
        [frame.filter(pl.col("ordered") == day).drop("ordered") for day in days] for frame in recent.values()
    )
    return State(
        **people,
        **counts,
        agenda=_read_frames(AGENDA, folder),
        recent=list(zip(days, orders, lines, strict=True)),
    )


def _read_counts(file: Path) -> dict[str, Any]:
    content = json.loads(file.read_text("utf-8"))
    return {name: content[name] for name in (*_COUNTS, "recent_days")}


def _read_arrays(file: Path) -> dict[str, Any]:
    with np.load(file) as arrays:
        people = {name: arrays[name] for name in _ARRAYS}
    if len({array.shape[-1] for array in people.values()}) > 1:
        raise ValueError("its arrays are of different numbers of people")
    return people


def _read_frames(schemas: Mapping[str, pl.Schema], folder: Path) -> dict[str, pl.DataFrame]:
    return {
        kind: read_saved(folder / f"{kind}.parquet", partial(_read_frame, schema))
        for kind, schema in schemas.items()
    }


def _read_frame(schema: pl.Schema, file: Path) -> pl.DataFrame:
    return shaped(pl.read_parquet(file), schema)
