"""How often readings are wrong, on made-up experiments of people who spend as unevenly as real ones."""

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom

from tests.conventions.source import ROOT

TRIALS, DAILY_TRIALS, UNITS = 200, 40, 2_000


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    """The benchmark that measures the same on real spending, and more of it."""
    spec = importlib.util.spec_from_file_location("benchmark", ROOT / "benchmarks" / "experiments.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["benchmark"]


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def people(benchmark: ModuleType, random: np.random.Generator) -> object:
    """A quarter of 20,000 people spend anything in a month, few of them much, and some every month."""
    liking = random.gamma(0.5, 0.6, 20_000)
    after, before = (random.poisson(liking) * np.round(random.lognormal(8, 1, 20_000)) for _ in range(2))
    return benchmark.People(after.astype(np.int64), before.astype(np.int64))


def bounds(share: float, tries: int) -> tuple[int, int]:
    """Between which numbers of hits chance stays, but once in a thousand."""
    return int(binom.ppf(0.0005, tries, share)), int(binom.ppf(0.9995, tries, share))


def test_where_nothing_happens_the_fixed_reading_is_wrong_as_often_as_it_says_and_the_sequential_less(
    benchmark: ModuleType, people: object, random: np.random.Generator
) -> None:
    fixed = sequential = 0
    for _ in range(DAILY_TRIALS):
        looks = list(benchmark.aa_looks(people, UNITS, random))
        fixed += looks[-1].is_fixed
        sequential += any(look.is_sequential for look in looks)
    low, high = bounds(0.05, DAILY_TRIALS)
    assert low <= fixed <= high
    assert sequential <= high


@pytest.mark.parametrize("lift", [0.0, 0.2])
def test_intervals_hold_a_planted_effect(
    benchmark: ModuleType, people: object, random: np.random.Generator, lift: float
) -> None:
    held = [benchmark.holds(people, UNITS, lift, random) for _ in range(TRIALS)]
    low, high = bounds(0.95, TRIALS)
    assert low <= sum(difference for difference, _ in held) <= high
    assert low <= sum(of_lift for _, of_lift in held) <= high


@pytest.mark.parametrize(
    ("units", "drawn", "shares", "fewest", "most"),
    [
        (2_000, (0.1, 0.9), (0.1, 0.9), 0, 5),
        (2_000, (0.4, 0.3, 0.3), (0.4, 0.3, 0.3), 0, 5),
        (20_000, (0.52, 0.48), (0.5, 0.5), 850, 1_000),
    ],
)
def test_arms_look_mismatched_on_any_night_only_where_they_are(  # noqa: PLR0913, PLR0917 (a table of cases)
    benchmark: ModuleType,
    random: np.random.Generator,
    units: int,
    drawn: tuple[float, ...],
    shares: tuple[float, ...],
    fewest: int,
    most: int,
) -> None:
    alarms = sum(benchmark.ever_alarms(units, drawn, shares, random) for _ in range(1_000))
    assert fewest <= alarms <= most
