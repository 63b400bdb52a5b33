import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regulars.models.learning import boosting
from regulars.models.learning.boosting import Boosted, boost
from regulars.models.learning.grading import Floats
from regulars.models.learning.matrix import Matrix

ROOT = Path(__file__).parents[4]
NAMES = ("order_count", "order_amount")
# LightGBM writes down its own parameters behind the trees
BEHIND_TREES = "parameters:"
A_TEXT = """
from tests.unit.models.learning.test_boosting import learned
print(learned().text)
"""


def customers(count: int = 3_000) -> tuple[Matrix, Floats]:
    """Customers of whom the more often they ordered, the more have the outcome."""
    draws = np.random.default_rng(1)
    values = draws.normal(size=(count, 2)).astype(np.float32)
    return values, (values[:, 0] + draws.normal(size=count) > 0).astype(np.float64)


def learned(**told: Any) -> Boosted:  # noqa: ANN401 (any of the arguments)
    values, outcome = customers()
    usual: dict[str, Any] = {
        "values": values,
        "outcome": outcome,
        "choosing_values": values[:500],
        "choosing_outcome": outcome[:500],
        "features": NAMES,
        "objective": "binary",
    }
    return boost(**usual | told)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"outcome": np.ones(3_000)}, r"learning: every one of 3000 outcomes is \[1.0\]"),
        ({"choosing_outcome": np.zeros(500)}, r"choosing: every one of 500 outcomes is \[0.0\]"),
        ({"outcome": np.array([math.nan] * 7 + [0.0] * 2_993)}, "learning: 7 outcomes are no number"),
        ({"choosing_outcome": np.array([math.inf] + [0.0] * 499)}, "choosing: 1 outcomes are no number"),
        ({"features": ("order_count",)}, "learning: 3000 rows of 2 columns; expected 3000 of 1"),
        ({"outcome": np.ones(2)}, "learning: 3000 rows of 2 columns; expected 2 of 2"),
        (
            {"choosing_values": np.ones((500, 3), np.float32)},
            "choosing: 500 rows of 3 columns; expected 500 of 2",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_said(told: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learned(**told)


def test_the_same_customers_give_the_same_trees_byte_by_byte() -> None:
    assert learned().text == learned().text


def test_trees_do_not_depend_on_how_many_threads_grow_them(monkeypatch: pytest.MonkeyPatch) -> None:
    two = learned().text
    monkeypatch.setitem(boosting.PARAMETERS, "num_threads", 1)
    assert learned().text.partition(BEHIND_TREES)[0] == two.partition(BEHIND_TREES)[0]


def test_a_version_does_not_depend_on_how_many_threads_a_machine_lends() -> None:
    """Here the text counts to the last byte, for its hash is the version's name."""
    told = subprocess.run(
        [sys.executable, "-c", A_TEXT],
        env=os.environ | {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert told == learned().text + "\n"


def test_trees_find_what_decides() -> None:
    values, outcome = customers()
    raw = learned().raw(values)
    assert raw[outcome == 1].mean() > raw[outcome == 0].mean() + 1


def test_trees_that_were_read_again_say_the_same() -> None:
    values, _ = customers()
    trees = learned()
    assert np.array_equal(Boosted(trees.features, trees.text).raw(values), trees.raw(values))


def test_a_column_that_nobody_knows_and_one_that_never_varies_do_no_harm() -> None:
    values, outcome = customers()
    useless = np.column_stack([values, np.full(3_000, math.nan), np.ones(3_000)]).astype(np.float32)
    trees = learned(values=useless, choosing_values=useless[:500], features=(*NAMES, "unknown", "constant"))
    assert trees.raw(useless)[outcome == 1].mean() > trees.raw(useless)[outcome == 0].mean() + 1


def test_nobody_is_scored_where_there_is_nobody() -> None:
    assert learned().raw(np.empty((0, 2), dtype=np.float32)).shape == (0,)
