"""Stores for faults, made once for all tests; and the summary of a campaign of kills."""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regulars.orchestration.nightly import nightly_of
from tests.faults.blows import IS_CAMPAIGN
from tests.faults.machines import Machine, machines
from tests.faults.shops import Undisturbed, copy, found, undisturbed


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to campaigns what takes minutes."""
    long = [] if IS_CAMPAIGN else [item for item in items if item.get_closest_marker("campaign")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def the_undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The shop that every fault strikes, and what it publishes without one; xdist's workers share it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with _alone(folder / "faults.lock"):
        if (folder / "faults" / "made").exists():
            return found(folder / "faults" / "shop", nightly_of(folder / "faults" / "undisturbed"))
        (folder / "faults").mkdir()
        made = undisturbed(folder / "faults")
        (folder / "faults" / "made").touch()
        return made


@pytest.fixture
def shop(tmp_path: Path, the_undisturbed: Undisturbed) -> Path:
    """A copy of it for one test."""
    return copy(the_undisturbed.shop, tmp_path / "shop")


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Machine]:
    """The machines that this one can be made to look like."""
    return machines(tmp_path_factory.mktemp("places"))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of a campaign what was killed and when, and what came of it."""
    ended = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    noted = [note for report in ended if report.when == "call" for note in report.user_properties]
    kills = [kill for name, kill in noted if name == "kill"]
    if not kills:
        return
    terminalreporter.section(f"{len(kills)} kills")
    for title, position in (("killed", 0), ("after", 1), ("and then", 2)):
        counted = Counter(kill[position] for kill in kills).most_common()
        terminalreporter.write_line(f"{title}: " + ", ".join(f"{what} {count}" for what, count in counted))
