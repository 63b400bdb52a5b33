"""One day of each kind of fact, written by every system of a clean world."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from regulars.simulation.facts import DayFacts
from regulars.simulation.systems import write_day
from regulars.simulation.world import World
from tests.made_up_days import made_up_day

CLEAN = World(customers=60, days=8, dirt="none")
# the day on which orders of day 4 are refunded and the catalogue is exported
DAY = 7


@pytest.fixture(scope="session")
def facts() -> DayFacts:
    """A day after the vendor's update of the tills."""
    return made_up_day(CLEAN, DAY)


@pytest.fixture(scope="session")
def exports(facts: DayFacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports folder after that day."""
    folder = tmp_path_factory.mktemp("store") / "exports"
    write_day(facts, CLEAN, folder)
    return folder


@pytest.fixture(scope="session")
def cells(exports: Path) -> Callable[..., pl.DataFrame]:
    """Reads a CSV of the day as text."""

    def read(path: str, separator: str = ",") -> pl.DataFrame:
        return pl.read_csv(exports / path, separator=separator, infer_schema=False)

    return read


@pytest.fixture(scope="session")
def objects(exports: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Reads the JSON lines of the day."""

    def read(path: str) -> list[dict[str, Any]]:
        content = (exports / path).read_bytes()
        text = gzip.decompress(content) if path.endswith(".gz") else content
        return [json.loads(line) for line in text.decode().splitlines()]

    return read
