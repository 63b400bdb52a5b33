"""A simulation is repeatable, goes on exactly, and keeps away from files that are not its own."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from numpy._core import _multiarray_umath as cpu

from regulars.simulation import truth
from regulars.simulation.behaviour.effects import action_effects
from regulars.simulation.people import draw_people
from regulars.simulation.policies import LISTS
from regulars.simulation.simulate import advance, discard, last_day, refuse_foreign_exports, simulate
from regulars.simulation.state import load_state, save_state
from regulars.simulation.world import World
from regulars.store.errors import UserError
from tests.stores import DEMO_STORE

FIXED = {"drift_day": 8, "update_day": 5, "joining_days": 20}


def contents(store: Path) -> dict[str, bytes]:
    """Every written file but the state and the world's own number of days."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != "world.json"
    }


def test_the_same_world_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, World(customers=300, days=8))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_days_in_parts_are_days_at_once(tmp_path: Path) -> None:
    simulate(tmp_path / "once", World(customers=400, days=14, **FIXED))
    simulate(tmp_path / "parts", World(customers=400, days=9, **FIXED))
    advance(tmp_path / "parts", 3, "legacy")
    advance(tmp_path / "parts", 2, "legacy")
    assert contents(tmp_path / "parts") == contents(tmp_path / "once")


def test_the_same_world_again_is_nothing_to_do(tmp_path: Path) -> None:
    world = World(customers=100, days=3)
    assert simulate(tmp_path, world)
    assert simulate(tmp_path, world) is None


def test_an_interrupted_simulation_begins_again(tmp_path: Path) -> None:
    world = World(customers=100, days=3)
    world.save(tmp_path / "simulation" / "world.json")
    with pytest.raises(UserError, match="interrupted"):
        advance(tmp_path, 1, "none")
    assert simulate(tmp_path, world)


def test_another_world_is_refused_until_the_first_is_discarded(tmp_path: Path) -> None:
    simulate(tmp_path, World(customers=100, days=3))
    with pytest.raises(UserError, match="another world") as refused:
        simulate(tmp_path, World(customers=200, days=3))
    assert "--replace" in str(refused.value)
    discard(tmp_path)
    assert simulate(tmp_path, World(customers=200, days=3))


def test_exports_of_real_systems_are_never_discarded(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "orders.csv").write_text("id\n1\n")
    with pytest.raises(UserError, match="not simulated"):
        simulate(tmp_path, World(customers=100, days=3))
    with pytest.raises(UserError, match="not simulated"):
        refuse_foreign_exports(tmp_path)
    discard(tmp_path)
    assert (tmp_path / "exports" / "orders.csv").is_file()


def test_the_last_day_is_said_to_whoever_runs_the_night(tmp_path: Path) -> None:
    world = World(customers=100, days=3)
    simulate(tmp_path, world)
    advance(tmp_path, 2, "none")
    assert last_day(tmp_path) == world.date_of(4)
    outcomes = pl.read_parquet(truth.folder_of(tmp_path) / "daily_outcomes.parquet")
    assert outcomes["policy"].to_list() == ["legacy"] * 3 + ["none"] * 2


def published(store: Path, as_of: str, addresses: list[str]) -> None:
    lists = store / LISTS
    lists.mkdir(parents=True)
    rows = {
        "decision_id": [f"d{number}" for number in range(len(addresses))],
        "as_of_date": as_of,
        "customer_id": "c",
        "customer_ref": "c",
        "address": addresses,
        "action_id": "we_miss_you",
        "offer": "10 percent off",
        "customer_reason": "It was good to have you here.",
    }
    pl.DataFrame(rows).write_csv(lists / "email.csv")


def simulated(store: Path) -> pl.DataFrame:
    simulate(store, World(customers=400, days=5))
    return pl.read_parquet(truth.folder_of(store) / "identifiers" / "email.parquet")


def touches(store: Path) -> pl.DataFrame:
    return pl.read_parquet(truth.folder_of(store) / "touches" / "2024-01-06.parquet")


def test_the_address_of_a_list_decides_who_receives_it(tmp_path: Path) -> None:
    known = simulated(tmp_path)
    there = pl.read_parquet(truth.folder_of(tmp_path) / "people.parquet").filter(
        pl.col("joined") <= pl.date(2024, 1, 6)
    )
    address = known.filter((pl.col("why") == "own") & pl.col("person").is_in(there["person"].implode()))
    published(tmp_path, "2024-01-05", [address["value"][0].upper(), "nobody@example.com"])
    assert advance(tmp_path, 1).has_lists
    received = touches(tmp_path)
    assert received["person"].to_list() == address.filter(value=address["value"][0])["person"].to_list()
    assert received["decision_id"].unique().to_list() == ["d0"]
    assert received["action"].unique().to_list() == ["we_miss_you"]


def test_lists_of_another_day_reach_nobody(tmp_path: Path) -> None:
    known = simulated(tmp_path)
    published(tmp_path, "2024-01-04", known["value"].head(5).to_list())
    assert not advance(tmp_path, 1).has_lists
    assert touches(tmp_path).is_empty()


def test_everybody_behind_a_shared_inbox_is_touched_and_one_message_is_sent(tmp_path: Path) -> None:
    simulate(tmp_path, World(customers=400, days=5, dirt="none"))
    known = pl.read_parquet(truth.folder_of(tmp_path) / "identifiers" / "email.parquet")
    people = pl.read_parquet(truth.folder_of(tmp_path) / "people.parquet")
    there = people.filter(pl.col("joined") <= pl.date(2024, 1, 6))["person"]
    shared = known.filter(pl.col("person").is_in(there.implode())).filter(pl.len().over("value") == 2)
    published(tmp_path, "2024-01-05", [shared["value"][0]])
    assert advance(tmp_path, 1).has_lists
    assert touches(tmp_path).height == 2
    sent = (tmp_path / "exports" / "email" / "2024-01-06.jsonl").read_text()
    assert sent.count('"processed"') == 1


def test_an_address_that_the_mail_system_gave_up_on_gets_nothing_whoever_lists_it(tmp_path: Path) -> None:
    known = simulated(tmp_path)
    people = pl.read_parquet(truth.folder_of(tmp_path) / "people.parquet")
    there = people.filter(pl.col("joined") == pl.col("joined").min())["person"]
    own = known.filter(pl.col("person").is_in(there.implode()) & (pl.col("why") == "own"))
    alone = own.filter(pl.len().over("value") == 1)
    state = load_state(tmp_path / "simulation" / "state")
    assert state
    state.suppressed[0, alone["person"][0]] = True
    save_state(state, tmp_path / "simulation" / "state")
    published(tmp_path, "2024-01-05", alone["value"].head(2).to_list())
    advance(tmp_path, 1)
    assert touches(tmp_path)["person"].to_list() == [alone["person"][1]]


def test_a_state_of_another_number_of_people_is_refused(tmp_path: Path) -> None:
    simulate(tmp_path, World(customers=50, days=2))
    World(customers=60, days=2).save(tmp_path / "simulation" / "world.json")
    with pytest.raises(UserError, match="this state is one of 50 people, and the world has 60"):
        advance(tmp_path, 1)


def test_the_truth_has_the_effects_of_an_action_without_an_offer_and_with_one(tmp_path: Path) -> None:
    world = World(customers=400, days=2)
    (tmp_path / "actions.yml").write_text((DEMO_STORE / "actions.yml").read_text("utf-8"), "utf-8")
    simulate(tmp_path, world)
    people, folder = draw_people(world), truth.folder_of(tmp_path) / "action_effects"
    assert {"newsletter.parquet", "promotion.parquet"} < {file.name for file in folder.iterdir()}
    for file in folder.iterdir():
        effects = pl.read_parquet(file)
        for offer in (False, True):
            told = effects.filter(carries_offer=offer)
            expected, _ = action_effects(
                world.seed, people, told["person"].to_numpy(), action=file.stem, carries_offer=offer
            )
            assert told.height > 100
            assert told["effect_on_rate"].to_list() == expected.tolist()


STATE_OF_A_WORLD = """
import hashlib, sys
from pathlib import Path
from regulars.simulation.simulate import simulate
from regulars.simulation.state import load_state, save_state
from regulars.simulation.world import World
store = Path(sys.argv[1])
simulate(store, World(customers=1500, days=20))
for file in sorted(store.rglob("*")):
    if file.is_file():
        print(file.relative_to(store), hashlib.sha256(file.read_bytes()).hexdigest())
"""


def test_another_processor_writes_the_same_bytes(tmp_path: Path) -> None:
    possible = [name for name in cpu.__cpu_dispatch__ if cpu.__cpu_features__.get(name)]
    told = []
    for number, without in enumerate(("", " ".join(possible))):
        command = [sys.executable, "-c", STATE_OF_A_WORLD, str(tmp_path / str(number))]
        environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": without}
        told.append(
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        )
    assert "simulation/state/people.npz" in told[0]
    assert told[0] == told[1]
