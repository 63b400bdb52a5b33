"""`regulars simulate` as somebody types it: a world goes on, and is never overwritten by chance."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from errno import EACCES
from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from regulars.simulation.simulate import discard
from regulars.simulation.simulate import simulate as simulate_days
from regulars.simulation.world import World
from regulars.store.errors import UserError
from tests.stores import demo_store_in

PROGRAM = Path(sys.executable).with_name("regulars")
DEMO = Path(__file__).parents[2] / "stores" / "demo"
SIZE = ("--customers", "40", "--days", "4", "--seed", "5")
Simulate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo store before anything was simulated."""
    folder = tmp_path_factory.mktemp("stores") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("exports", "simulation", "state"))
    return folder


@pytest.fixture(scope="module")
def simulate(store: Path) -> Simulate:
    """Runs the installed program; its own words have no line breaks, because nobody looks at a terminal."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROGRAM), "simulate", "--store", str(store), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


def contents(store: Path) -> dict[str, bytes]:
    exports = store / "exports"
    return {
        path.relative_to(exports).as_posix(): path.read_bytes()
        for path in exports.rglob("*")
        if path.is_file()
    }


def last_day(store: Path) -> str:
    return (store / "simulation" / "last_day").read_text("utf-8").strip()


def test_a_world_is_made_goes_on_and_is_replaced_only_on_request(simulate: Simulate, store: Path) -> None:
    too_early = simulate("--advance", "1")
    assert (too_early.returncode, "Traceback" in too_early.stderr) == (2, False)
    assert contents(store) == {}

    made = simulate(*SIZE)
    assert made.returncode == 0, made.stderr
    assert "✓ 4 days, 40 customers" in made.stdout
    first = contents(store)
    assert {"shop", "pos", "web"} <= {name.split("/")[0] for name in first}
    assert last_day(store) == "2024-01-04"

    again = simulate(*SIZE)
    assert (again.returncode, "nothing to do" in again.stdout, contents(store) == first) == (0, True, True)

    other = simulate(*SIZE[:-1], "6")
    assert other.returncode == 2
    assert "--replace to discard it, or --advance to go on with it" in " ".join(other.stderr.split())
    assert contents(store) == first

    onward = simulate("--advance", "1")
    assert onward.returncode == 0, onward.stderr
    assert "nobody is written to" in " ".join(onward.stdout.split())
    assert last_day(store) == "2024-01-05"
    assert {name: content for name, content in contents(store).items() if name in first} == first
    assert len(contents(store)) > len(first)

    replaced = simulate(*SIZE[:-1], "6", "--replace")
    assert replaced.returncode == 0, replaced.stderr
    assert last_day(store) == "2024-01-04"
    assert contents(store).keys() != first.keys() or contents(store) != first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--customers", "0"), "--customers"),
        (("--customers", "5000001"), "--customers 5000001 is not possible"),
        (("--days", "3651"), "--days 3651 is not possible"),
        (("--from", "9999-12-31"), "--from 9999-12-31 is not possible"),
        (("--dirt", "filthy"), "--dirt"),
        (("--from", "soon"), "soon"),
        (("--from", ""), "is no day"),
        (("--advance", "1", "--policy", "guess"), "--policy"),
        (("--advance", "1", "--seed", "5"), "--seed says nothing of days that --advance adds"),
        (("--advance", "1", "--from", "2024-01-01"), "--from says nothing of days that --advance adds"),
        (("--policy", "none"), "--policy says nothing of a new world"),
    ],
)
def test_a_wrong_option_is_named(simulate: Simulate, arguments: tuple[str, ...], message: str) -> None:
    refused = simulate(*arguments)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert message in refused.stderr


def test_a_world_is_made_while_nobody_else_works_on_the_store(simulate: Simulate, store: Path) -> None:
    with nightly_of(store).only_run():
        for arguments in (SIZE, ("--advance", "1", "--policy", "none")):
            refused = simulate(*arguments)
            assert (refused.returncode, "another run of this store is in progress" in refused.stderr) == (
                2,
                True,
            )


def test_exports_on_another_disk_are_emptied_where_they_are(tmp_path: Path) -> None:
    linked = demo_store_in(tmp_path / "demo")
    (tmp_path / "disk").mkdir()
    (linked / "exports").symlink_to(tmp_path / "disk")
    world = World(customers=20, days=2)
    simulate_days(linked, world)
    (tmp_path / "disk" / "left").mkdir()
    discard(linked)
    assert (linked / "exports").is_symlink()
    assert list((tmp_path / "disk").iterdir()) == list((linked / "simulation").iterdir()) == []


def test_a_world_that_cannot_be_removed_is_no_whole_one_and_comes_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = demo_store_in(tmp_path / "demo")
    world = World(customers=20, days=2)
    simulate_days(kept, world)
    monkeypatch.setattr(shutil, "rmtree", refuses)
    with pytest.raises(UserError, match="what was simulated before cannot be removed: Permission denied"):
        discard(kept)
    monkeypatch.undo()
    assert simulate_days(kept, world)


def refuses(path: Path) -> None:
    raise PermissionError(EACCES, "Permission denied", str(path))
