from pathlib import Path

import polars as pl
import pytest

from regulars.simulation.choices import Dirt
from regulars.simulation.facts import DayFacts, day_of_facts
from regulars.simulation.systems import write_day
from regulars.simulation.world import World
from tests.made_up_days import made_up_day
from tests.unit.simulation.systems.conftest import CLEAN, DAY


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("dirt", ["none", "standard", "hostile"])
def test_the_same_days_give_the_same_bytes(tmp_path: Path, dirt: Dirt) -> None:
    world = World(customers=60, days=4, dirt=dirt)
    for run in ("once", "again"):
        for day_number in range(4):
            write_day(made_up_day(world, day_number), world, tmp_path / run / "exports")
    assert content(tmp_path / "once") == content(tmp_path / "again")


def test_a_day_that_is_written_again_gives_the_same_bytes(tmp_path: Path) -> None:
    world = World(customers=60, days=4, dirt="standard")
    for day_number in range(3):
        write_day(made_up_day(world, day_number, size=200), world, tmp_path / "exports")
    before = content(tmp_path)
    write_day(made_up_day(world, 2, size=200), world, tmp_path / "exports")
    assert content(tmp_path) == before


def test_what_is_written_is_told_with_its_rows_and_size(tmp_path: Path, facts: DayFacts) -> None:
    written = write_day(facts, CLEAN, tmp_path / "exports")
    on_disk = {name.removeprefix("exports/"): data for name, data in content(tmp_path).items()}
    assert {file.path for file in written} == {name for name in on_disk if not name.startswith("simulation/")}
    assert all(file.size_bytes == len(on_disk[file.path]) for file in written)
    events = next(file for file in written if file.system == "web")
    assert events.rows == facts.web_events.height


def test_no_temporary_name_is_left(exports: Path) -> None:
    assert not list(exports.rglob("*.part"))


def test_a_day_without_orders_still_has_their_files(tmp_path: Path) -> None:
    written = write_day(day_of_facts(CLEAN.date_of(DAY), DAY, {}), CLEAN, tmp_path / "exports")
    assert [file.path for file in written] == [
        f"shop/orders_{CLEAN.date_of(DAY)}.csv",
        f"pos/receipts_{CLEAN.date_of(DAY)}.csv",
    ]
    assert all(file.rows == 0 and file.size_bytes > 0 for file in written)


def test_a_clean_world_has_no_fault_but_says_what_is_delivered_again(tmp_path: Path, facts: DayFacts) -> None:
    write_day(facts, CLEAN, tmp_path / "exports")
    truth = pl.read_parquet(tmp_path / "simulation" / "truth" / "dirt" / "2024-01-08.parquet")
    assert set(truth["kind"]) == {"delivered before", "older version in the file"}
    assert set(truth["outcome"]) == {"duplicate"}
