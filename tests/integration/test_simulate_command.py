"""`regulars simulate` as somebody types it: a world goes on, and is never overwritten by chance."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
        (("--dirt", "filthy"), "--dirt"),
        (("--from", "soon"), "soon"),
        (("--advance", "1", "--policy", "guess"), "--policy"),
    ],
)
def test_a_wrong_option_is_named(simulate: Simulate, arguments: tuple[str, ...], message: str) -> None:
    refused = simulate(*arguments)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert message in refused.stderr
