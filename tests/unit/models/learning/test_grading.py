import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.learning.grading import (
    Floats,
    area_under_curve,
    log_losses,
    rank_correlation,
    reliability,
    resampled_mean,
    top_decile_lift,
    tweedie_losses,
)
from tests.examples import examples

ROOT = Path(__file__).parents[4]
AMOUNTS = st.floats(0, 1000).map(lambda amount: round(amount, 2))
PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 5).map(float)), min_size=1, max_size=30
)
A_MEAN = """
import numpy as np
from regulars.models.learning.grading import rank_correlation, resampled_mean
one, other = np.random.default_rng(1).lognormal(size=(2, 60_000))
print(resampled_mean(one, seed=1), rank_correlation(one, other))
"""


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def columns(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    one, other = zip(*pairs, strict=True)
    return floats(*one), floats(*other)


@pytest.mark.parametrize(
    ("outcome", "score", "expected"),
    [
        ((0, 0, 1, 1), (1, 2, 3, 4), 1.0),
        ((1, 1, 0, 0), (1, 2, 3, 4), 0.0),
        ((0, 1, 0, 1), (5, 5, 5, 5), 0.5),
        # of four pairs two are right, one is a tie and one is wrong
        ((0, 1, 1, 0), (1, 1, 3, 2), 2.5 / 4),
    ],
)
def test_area_under_curve_is_the_share_of_pairs_in_the_right_order(
    outcome: tuple[float, ...], score: tuple[float, ...], expected: float
) -> None:
    assert area_under_curve(floats(*outcome), floats(*score)) == expected


@examples(50)
@given(pairs=PAIRS)
def test_area_under_curve_is_what_counting_all_pairs_gives(pairs: list[tuple[float, float]]) -> None:
    with_outcome = [score for outcome, score in pairs if outcome]
    without = [score for outcome, score in pairs if not outcome]
    right = [(one > other) + (one == other) / 2 for one in with_outcome for other in without]
    expected = sum(right) / len(right) if right else math.nan
    assert area_under_curve(*columns(pairs)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((1, 2, 3), (1, 10, 1000), 1.0),
        ((1, 2, 3), (3, 2, 1), -1.0),
        # ranks 1, 2, 3 against 1.5, 1.5, 3
        ((1, 2, 3), (0, 0, 7), math.sqrt(0.75)),
        ((1, 2, 3), (4, 4, 4), math.nan),
    ],
)
def test_rank_correlation_sees_the_order_only_and_ties_at_their_mean_rank(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert rank_correlation(floats(*one), floats(*other)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("outcome", "probability", "expected"),
    [(1, 1, 0), (0, 0, 0), (1, 0.5, math.log(2)), (0, 0.75, math.log(4)), (1, 0, math.log(1e6))],
)
def test_log_loss_is_minus_the_logarithm_of_what_was_said_of_the_truth(
    outcome: float, probability: float, expected: float
) -> None:
    assert log_losses(floats(outcome), floats(probability))[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("outcome", "amount", "expected"), [(4, 4, 0), (0, 4, 8), (9, 4, 2), (4, 9, 2 * (2 / 3))]
)
def test_tweedie_deviance_is_that_of_its_formula(outcome: float, amount: float, expected: float) -> None:
    """At power 1.5 it is 4 (y / sqrt(m) + sqrt(m) - 2 sqrt(y))."""
    assert tweedie_losses(floats(outcome), floats(amount))[0] == pytest.approx(expected, abs=1e-9)


@examples(50)
@given(outcome=st.lists(AMOUNTS, min_size=1, max_size=20).filter(any), times=st.floats(0.1, 10))
def test_tweedie_deviance_is_least_where_the_mean_is_predicted(outcome: list[float], times: float) -> None:
    truth, mean = floats(*outcome), np.full(len(outcome), np.mean(outcome))
    assert tweedie_losses(truth, mean).mean() <= tweedie_losses(truth, times * mean).mean() + 1e-9


def test_who_predicts_nothing_is_far_wrong_but_not_infinitely() -> None:
    losses = tweedie_losses(floats(100, 0), floats(0, 0))
    assert np.isfinite(losses).all()
    assert losses[0] > 100


@examples(30)
@given(values=st.lists(AMOUNTS, min_size=1, max_size=50), seed=st.integers(0, 5))
def test_a_bootstrap_interval_holds_the_mean_and_is_the_same_again(values: list[float], seed: int) -> None:
    interval = resampled_mean(floats(*values), seed=seed)
    assert interval.value == np.mean(values)
    assert interval.low - 1e-9 <= interval.value <= interval.high + 1e-9
    assert resampled_mean(floats(*values), seed=seed) == interval


def test_a_bootstrap_interval_is_as_wide_as_the_theory_of_means_says() -> None:
    values = np.random.default_rng(1).normal(5, 2, 10_000)
    interval = resampled_mean(values, seed=1)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 2 / 100, rel=0.15)


def test_grades_do_not_depend_on_how_many_threads_a_machine_lends() -> None:
    """Or a version, which holds them, would have another hash on another machine."""
    told = [
        subprocess.run(
            [sys.executable, "-c", A_MEAN],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [([1] + [0] * 9, 10.0), ([0] * 9 + [1], 0.0), ([1] * 10, 1.0), ([0] * 10, math.nan)],
)
def test_lift_is_the_mean_of_the_top_tenth_over_that_of_all(outcome: list[float], expected: float) -> None:
    score = np.arange(10, 0, -1, dtype=np.float64)
    assert top_decile_lift(floats(*outcome), score) == pytest.approx(expected, nan_ok=True)


def test_reliability_sets_what_was_predicted_of_a_tenth_beside_what_happened() -> None:
    predicted, outcome = np.repeat([0.1, 0.5], 50), np.repeat([0.0, 1.0], 50)
    shuffled = np.random.default_rng(1).permutation(100)
    groups = reliability(outcome[shuffled], predicted[shuffled])
    assert groups.counts.tolist() == [10] * 10
    assert groups.predicted.tolist() == pytest.approx([0.1] * 5 + [0.5] * 5)
    assert groups.observed.tolist() == [0] * 5 + [1] * 5
    assert groups.error == pytest.approx((0.1 + 0.5) / 2)


@examples(20)
@given(pairs=PAIRS)
def test_reliability_counts_everybody_once(pairs: list[Any]) -> None:
    outcome, predicted = columns(pairs)
    groups = reliability(outcome, predicted)
    assert groups.counts.sum() == len(pairs)
    assert (groups.observed * groups.counts).sum() == pytest.approx(outcome.sum())
    assert (np.diff(groups.predicted) >= 0).all()
