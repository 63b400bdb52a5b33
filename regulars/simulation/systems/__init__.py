"""The systems of the simulated store: what a day brought, in the files that each vendor drops for us.

One module per system turns facts into exports; `write_day` lets dirt happen to them, writes them, and keeps
the truth about the dirt in `<store>/simulation/truth/dirt/`, one file a day.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from regulars.simulation.dirt.damaged import DAMAGED_DAY, write_damaged
from regulars.simulation.dirt.faults import faults_of
from regulars.simulation.dirt.files import pack, redelivery, redelivery_truth
from regulars.simulation.dirt.late import arrivals, hold
from regulars.simulation.dirt.rows import Spoilt, spoil
from regulars.simulation.export import Export, WrittenFile, write_export
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems import (
    consent_tool,
    email_tool,
    messaging,
    point_of_sale,
    shop,
    support,
    surveys,
    web,
)
from regulars.simulation.world import World

SYSTEMS = (shop, point_of_sale, web, support, surveys, email_tool, messaging, consent_tool)


def write_day(facts: DayFacts, world: World, exports: Path) -> tuple[WrittenFile, ...]:
    """Write what every system drops at the end of a day, and the truth about what went wrong with it.

    Days must be written in order. A day that is written again gives the same bytes.

    Args:
        facts: What the day brought.
        world: The world it is a day of.
        exports: The exports folder of the store; truth and late rows lie beside it in `simulation/`.
    """
    ours = exports.parent / "simulation"
    late = arrivals(ours / "late", facts.day_number)
    clean = [export for system in SYSTEMS for export in system.exports(facts, world)]
    spoilt = [_spoilt(export, world, late) for export in clean]
    held = {each.export.subject: each.held for each in spoilt if each.held.height}
    if world.dirt != "none":
        hold(ours / "late", facts.day_number, held, seed=world.seed)
    written, truth = _write_all(spoilt, world, facts.day_number, exports)
    if world.dirt == "hostile" and facts.day_number == DAMAGED_DAY:
        truth.append(write_damaged(written, exports, ours / "damaged"))
    _write_truth(pl.concat(truth), ours / "truth" / "dirt" / f"{facts.day}.parquet")
    return written


def _spoilt(export: Export, world: World, late: Mapping[str, pl.DataFrame]) -> Spoilt:
    arrived = late.get(export.subject, export.frame.clear())
    return spoil(export, faults_of(export.subject, world.dirt), seed=world.seed, arrived_late=arrived)


def _write_all(
    spoilt: list[Spoilt], world: World, day_number: int, exports: Path
) -> tuple[tuple[WrittenFile, ...], list[pl.DataFrame]]:
    written, truth = [], []
    for each in spoilt:
        if not each.export.frame.height and not each.export.is_written_empty:
            continue
        packed = pack(each.export, world)
        again = redelivery(packed.export, day_number) if world.dirt != "none" else None
        written += [
            write_export(export, exports, dress=packed.dress, has_marks=each.has_marks)
            for export in (packed.export, again)
            if export
        ]
        truth += [each.truth.with_columns(path=pl.lit(packed.export.path)), packed.truth]
        if again:
            truth.append(redelivery_truth(again))
    return tuple(written), truth


def _write_truth(truth: pl.DataFrame, target: Path) -> None:
    """Write the truth of a day, also an empty one, so that a day is known to have been written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    truth.write_parquet(part)
    part.replace(target)
