"""A simulation that is killed at any moment goes on as if it had not been."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.simulation import simulate as simulation
from regulars.simulation import state as states
from regulars.simulation.simulate import advance, last_day, simulate
from regulars.simulation.state import State
from regulars.simulation.world import World
from regulars.store.errors import UserError

WORLD = World(customers=1500, days=5, dirt="hostile", drift_day=8, update_day=5, joining_days=20)
DAYS = 5


class KilledError(BaseException):
    """Stands for the end of the process: nothing of the program catches it."""


def after(days: int) -> Callable[[int], None]:
    """Let the process end when so many days are simulated."""
    done: list[int] = []

    def count(_: int) -> None:
        done.append(1)
        if len(done) == days:
            raise KilledError

    return count


def contents(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that came to its fifth day."""
    store = tmp_path_factory.mktemp("young") / "store"
    simulate(store, WORLD)
    return store


@pytest.fixture(scope="module")
def undisturbed(young: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file after five days more."""
    store = tmp_path_factory.mktemp("undisturbed") / "store"
    shutil.copytree(young, store)
    advance(store, DAYS, "legacy")
    return contents(store)


@pytest.fixture
def store(young: Path, tmp_path: Path) -> Path:
    """A copy that a test may kill."""
    return shutil.copytree(young, tmp_path / "store")


@pytest.mark.parametrize("days", [2, 3, DAYS])
def test_days_that_were_killed_come_again_byte_for_byte(
    store: Path, undisturbed: dict[str, bytes], days: int
) -> None:
    with pytest.raises(KilledError):
        advance(store, DAYS, "legacy", after(days))
    advance(store, DAYS, "legacy")
    assert contents(store) == undisturbed


def test_a_run_that_is_killed_twice_loses_nothing_either(store: Path, undisturbed: dict[str, bytes]) -> None:
    for days in (4, 2):
        with pytest.raises(KilledError):
            advance(store, DAYS, "legacy", after(days))
    advance(store, DAYS, "legacy")
    assert contents(store) == undisturbed


def test_nothing_is_left_of_days_that_another_policy_does_not_come_to(
    store: Path, young: Path, tmp_path: Path
) -> None:
    shutil.copytree(young, tmp_path / "never killed")
    advance(tmp_path / "never killed", 1, "none")
    with pytest.raises(KilledError):
        advance(store, DAYS, "random", after(DAYS))
    advance(store, 1, "none")
    assert contents(store) == contents(tmp_path / "never killed")


@pytest.mark.parametrize("step", ["write_people", "append_outcomes"])
def test_a_run_that_is_killed_while_it_ends_comes_again(
    store: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write = getattr(simulation.truth, step)

    def writes_and_dies(*arguments: object) -> None:
        write(*arguments)
        raise KilledError

    monkeypatch.setattr(simulation.truth, step, writes_and_dies)
    with pytest.raises(KilledError):
        advance(store, DAYS, "legacy")
    monkeypatch.undo()
    advance(store, DAYS, "legacy")
    assert contents(store) == undisturbed


def test_a_run_that_is_killed_between_two_states_has_the_first(
    store: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def dies(path: Path, target: Path) -> Path:
        if path.name == "state.part":
            raise KilledError
        return rename(path, target)

    monkeypatch.setattr(states.Path, "rename", dies)
    with pytest.raises(KilledError):
        advance(store, DAYS, "legacy")
    monkeypatch.undo()
    assert not (store / "simulation" / "state").exists()
    advance(store, DAYS, "legacy")
    assert contents(store) == undisturbed


def test_a_run_that_is_killed_when_it_has_said_its_last_day_comes_again(
    store: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_: State, __: Path) -> None:
        raise KilledError

    monkeypatch.setattr(simulation, "save_state", dies)
    with pytest.raises(KilledError):
        advance(store, DAYS, "legacy")
    monkeypatch.undo()
    assert last_day(store) == WORLD.date_of(WORLD.days + DAYS - 1)
    with pytest.raises(KilledError):
        advance(store, DAYS, "legacy", after(1))
    assert last_day(store) == WORLD.date_of(WORLD.days - 1)
    advance(store, DAYS, "legacy")
    assert contents(store) == undisturbed


@pytest.mark.parametrize("files", [0, 1, 20])
def test_a_world_that_is_killed_while_it_is_replaced_is_no_whole_one(
    store: Path, young: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    unlink, removed = Path.unlink, list[Path]()

    def dies(path: Path, *, missing_ok: bool = False) -> None:
        if len(removed) == files:
            raise KilledError
        removed.append(path)
        unlink(path, missing_ok=missing_ok)

    def empty(folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                path.unlink()

    monkeypatch.setattr(simulation, "_empty", empty)
    monkeypatch.setattr(simulation.Path, "unlink", dies)
    with pytest.raises(KilledError):
        simulate(store, WORLD, replaces=True)
    monkeypatch.undo()
    if files:
        with pytest.raises(UserError, match="interrupted"):
            advance(store, 1, "none")
        assert simulate(store, WORLD)
    assert contents(store) == contents(young)


def test_a_simulation_that_is_killed_begins_again(tmp_path: Path, young: Path) -> None:
    with pytest.raises(KilledError):
        simulate(tmp_path, WORLD, after(4))
    with pytest.raises(UserError, match="interrupted"):
        advance(tmp_path, 1, "none")
    simulate(tmp_path, WORLD)
    assert contents(tmp_path) == contents(young)


def test_a_world_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "actions.yml").write_text("actions: 3\n")
    with pytest.raises(UserError, match="actions"):
        simulate(tmp_path, WORLD)
    assert contents(tmp_path).keys() == {"actions.yml"}


def test_a_world_that_is_refused_does_not_replace_the_one_before(store: Path) -> None:
    (store / "actions.yml").write_text("actions: 3\n")
    before = contents(store)
    with pytest.raises(UserError, match="actions"):
        simulate(store, World(customers=20, days=2), replaces=True)
    assert contents(store) == before
