import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from regulars.models.learning.calibration import Calibration, calibrate, isotonic, log_odds, platt, scale
from regulars.models.learning.grading import Floats
from tests.examples import examples

Fit = Callable[[Floats, Floats], Calibration]
SCORES = st.lists(st.tuples(st.floats(-8, 8), st.sampled_from([0.0, 1.0])), min_size=2, max_size=200).map(
    np.array
)


def drawn(slope: float, intercept: float, count: int = 50_000) -> tuple[Floats, Floats]:
    draws = np.random.default_rng(2)
    raw = draws.normal(0, 2, count)
    return raw, (draws.random(count) < expit(slope * raw + intercept)).astype(np.float64)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.4, -1.2), (2.5, 3)])
def test_platt_finds_the_line_by_which_outcomes_were_drawn(slope: float, intercept: float) -> None:
    assert platt(*drawn(slope, intercept)).points == pytest.approx((slope, intercept), abs=0.1)


def test_scores_that_point_the_wrong_way_are_worth_nothing_and_are_not_turned_round() -> None:
    raw, outcome = drawn(-1.5, 0.3)
    line = platt(raw, outcome)
    assert line.points[0] == 0
    assert line.apply(raw[:3]) == pytest.approx([outcome.mean()] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("fit", "expected"), [(platt, (1 / 202, 201 / 202)), (isotonic, (0.5 / 201, 200.5 / 201))]
)
def test_scores_that_part_all_outcomes_stay_short_of_certainty(
    fit: Fit, expected: tuple[float, float]
) -> None:
    raw = np.repeat([-5.0, 5.0], 200)
    said = fit(raw, (raw > 0).astype(np.float64)).apply(np.array([-5.0, 5.0]))
    assert said == pytest.approx(expected, abs=5e-4)


@examples(40)
@given(scores=SCORES)
def test_a_calibration_keeps_the_order_and_gives_probabilities(scores: Floats) -> None:
    raw, outcome = scores.T
    everywhere = np.linspace(-10, 10, 101)
    for calibration in (platt(raw, outcome), isotonic(raw, outcome)):
        said = calibration.apply(everywhere)
        assert (np.diff(said) >= 0).all()
        assert ((said >= 0) & (said <= 1)).all()


def test_customers_with_one_score_have_the_share_of_them_all() -> None:
    """Simple rules give few different scores, each to many customers."""
    shares = {-1.0: 0.1, 0.0: 0.3, 1.0: 0.6}
    draws = np.random.default_rng(1)
    raw = np.repeat(list(shares), 1_000)
    outcome = (draws.random(3_000) < np.repeat(list(shares.values()), 1_000)).astype(np.float64)
    observed = [outcome[raw == score].mean() for score in shares]
    assert isotonic(raw, outcome).apply(np.array(list(shares))) == pytest.approx(observed, abs=0.002)


def test_no_step_stands_on_a_handful_of_customers() -> None:
    raw = np.arange(149, dtype=np.float64)
    assert len(isotonic(raw, (raw > 100).astype(np.float64)).points) == 2
    assert len(isotonic(raw[:10], np.ones(10)).points) == 1


def test_a_staircase_says_what_happened_on_each_step() -> None:
    raw, outcome = drawn(1, 0)
    outcome = np.where(raw > 1, outcome, 0)
    said = isotonic(raw, outcome).apply(raw)
    for part in (raw < 0.5, raw > 1.5):
        assert said[part].mean() == pytest.approx(outcome[part].mean(), abs=0.01)


def test_the_calibration_that_holds_better_on_others_is_taken() -> None:
    raw, outcome = drawn(1, 0, 20_000)
    assert calibrate(raw, outcome).kind == "platt"
    draws = np.random.default_rng(3)
    stepped = (draws.random(20_000) < np.where(raw > 0, 0.7, 0.1)).astype(np.float64)
    assert calibrate(raw, stepped).kind == "isotonic"


@examples(30)
@given(pairs=st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0, 1e6)), min_size=1, max_size=30))
def test_scaled_amounts_come_to_what_was_spent_in_all(pairs: list[tuple[float, float]]) -> None:
    raw, outcome = np.array(pairs).T
    assert scale(raw, outcome).apply(raw).sum() == pytest.approx(outcome.sum(), rel=1e-9)


def test_amounts_that_are_all_nothing_are_left_as_they_are() -> None:
    assert scale(np.zeros(2), np.ones(2)).apply(np.zeros(2)).tolist() == [0, 0]


@pytest.mark.parametrize("fit", [platt, isotonic, scale])
def test_a_calibration_is_the_same_after_it_was_written_and_read(fit: Fit) -> None:
    raw, outcome = drawn(0.7, 0.1, 1_000)
    calibration = fit(raw, outcome)
    assert Calibration.of_json(json.loads(json.dumps(calibration.as_json()))) == calibration


def test_log_odds_undo_probabilities_and_bound_certainty() -> None:
    probabilities = np.array([0.02, 0.5, 0.9])
    assert expit(log_odds(probabilities)) == pytest.approx(probabilities)
    assert log_odds(np.array([0.0, 1.0])) == pytest.approx([-13.8155, 13.8155], abs=1e-3)
