"""How often readings hold what the simulator knows of the people whom it simulates."""

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom

from regulars.simulation.world import World
from tests.conventions.source import ROOT

TRIALS = 200


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    """The benchmark that measures the same on more people; it imports the one beside it as a script does."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location(
        "simulated_effects", ROOT / "benchmarks" / "simulated_effects.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulated_effects"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "benchmarks"))
    del sys.modules["simulated_effects"], sys.modules["experiments"]


def test_people_differ_by_what_they_were_told_only_and_intervals_hold_what_that_brings(
    benchmark: ModuleType,
) -> None:
    known = benchmark.spent_under_each(World(customers=800, days=65, seed=3))
    told = [spent for name, spent in known.after.items() if name != "none"]
    same = [np.mean(spent == known.after["none"]) for spent in told]
    assert all(0.7 < share < 1 for share in same)

    random = np.random.default_rng(1)
    held = [benchmark.holds(known, "none", "early_access", 1_000, random) for _ in range(TRIALS)]
    low, high = int(binom.ppf(0.0005, TRIALS, 0.95)), int(binom.ppf(0.9995, TRIALS, 0.95))
    assert low <= sum(difference for difference, _ in held) <= high
    assert low <= sum(lift for _, lift in held) <= high
