"""A world is possible, and what was saved of it can be read; else the user hears what to do."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from regulars.simulation.people import draw_people
from regulars.simulation.simulate import advance, last_day, simulate
from regulars.simulation.world import MOST_CUSTOMERS, MOST_DAYS, World
from regulars.store.errors import UserError

WORLD = World(customers=600, days=2, dirt="standard")
DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {
    "cut in half": lambda content: content[: len(content) // 2],
    "without bytes": lambda _: b"",
    "zeros": lambda content: bytes(len(content)),
}


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"customers": 0}, "--customers 0"),
        ({"customers": MOST_CUSTOMERS + 1}, "--customers 5000001"),
        ({"days": 0}, "--days 0"),
        ({"days": MOST_DAYS + 1}, "--days 3651"),
        ({"first_day": date(9999, 12, 1)}, "--from 9999-12-01"),
        ({"first_day": date(1, 1, 1)}, "--from 0001-01-01"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_a_world_that_is_not_possible_is_refused(settings: dict[str, object], option: str) -> None:
    with pytest.raises(UserError, match=f"{option} is not possible") as refused:
        World(**{"customers": 10, "days": 3} | settings)
    assert refused.value.remedy.startswith("from ")


@pytest.mark.parametrize("year", [1970, 2024, 2100])
def test_people_are_grown_up_on_the_first_day(year: int) -> None:
    born = draw_people(World(customers=3000, days=10, first_day=date(year, 6, 1))).birth_year
    assert (np.min(born), np.max(born)) == (year - 84, year - 19)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("made") / "store"
    simulate(store, WORLD)
    return store


def test_days_beyond_the_last_possible_one_are_refused(made: Path) -> None:
    with pytest.raises(UserError, match="3651 days are more than a world has"):
        advance(made, MOST_DAYS - 1, "none")


@pytest.mark.parametrize("damage", sorted(DAMAGE))
@pytest.mark.parametrize(
    "file",
    [
        "world.json",
        "state/state.json",
        "state/people.npz",
        "state/parcels.parquet",
        "state/recent_orders.parquet",
        "truth/daily_outcomes.parquet",
        "late/00001.parquet",
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(made: Path, tmp_path: Path, file: str, damage: str) -> None:
    store = shutil.copytree(made, tmp_path / "store")
    target = store / "simulation" / file
    target.write_bytes(DAMAGE[damage](target.read_bytes()))
    with pytest.raises(UserError, match="cannot be read") as refused:
        advance(store, 1, "none")
    assert (refused.value.file, "--replace" in refused.value.remedy) == (target, True)
    assert last_day(store) == WORLD.date_of(1)


def test_a_last_day_that_is_no_day_is_named(made: Path, tmp_path: Path) -> None:
    store = shutil.copytree(made, tmp_path / "store")
    (store / "simulation" / "last_day").write_text("soon\n")
    with pytest.raises(UserError, match=r"last_day: .*cannot be read.*soon"):
        last_day(store)


def test_a_damaged_world_is_replaced_on_request(made: Path, tmp_path: Path) -> None:
    store = shutil.copytree(made, tmp_path / "store")
    (store / "simulation" / "world.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        simulate(store, WORLD)
    assert simulate(store, WORLD, replaces=True)
