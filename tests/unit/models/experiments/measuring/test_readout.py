"""What moments of two arms say."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from regulars.models.experiments.outcomes import METRICS, Moments
from regulars.models.experiments.readout import adjusted, compare, in_words
from regulars.models.experiments.sequential import half_width, sample_ratio_p

Values = dict[str, list[int]]


def moments(values: Values) -> Moments:
    """Of columns of whole numbers."""
    columns = {name: [10_000 * value for value in column] for name, column in values.items()}
    (units,) = {len(column) for column in columns.values()}
    return Moments(
        units,
        {name: sum(column) for name, column in columns.items()},
        {
            (one, other): sum(a * b for a, b in zip(columns[one], columns[other], strict=True))
            for one in columns
            for other in columns
            if one <= other
        },
    )


def people(*, seed: int, more: int = 0, units: int = 200) -> Values:
    random = np.random.default_rng(seed)
    before = random.poisson(20, units)
    orders = random.poisson(3, units)
    return {
        "revenue": [int(value) for value in before + random.poisson(10, units) + more],
        "revenue_before": [int(value) for value in before],
        "orders": [int(value) for value in orders],
        "orders_before": [0] * units,
    }


def test_without_a_past_it_is_welchs_test() -> None:
    arms = [people(seed=seed, more=more) | {"revenue_before": [0] * 200} for seed, more in ((1, 0), (2, 1))]
    found = compare(*map(moments, arms), METRICS["revenue"], alpha=0.05, planned_units=400)
    assert found
    expected = ttest_ind(arms[1]["revenue"], arms[0]["revenue"], equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.difference == pytest.approx(np.mean(arms[1]["revenue"]) - np.mean(arms[0]["revenue"]))
    interval = expected.confidence_interval(0.95)
    assert (found.difference_low, found.difference_high) == pytest.approx((interval.low, interval.high))
    assert found.variance_reduction == 0


def test_what_was_known_before_takes_variance_away() -> None:
    arms = moments(people(seed=1)), moments(people(seed=2, more=1))
    found = compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=400)
    assert found
    # of a variance of 30, of which 20 were so before
    assert found.variance_reduction == pytest.approx(2 / 3, abs=0.08)
    assert found.difference_low < 1 < found.difference_high
    assert found.difference == pytest.approx(found.mean - found.control_mean)


def test_a_ratio_is_of_the_means_and_not_a_mean_of_ratios() -> None:
    arms = people(seed=1), people(seed=2)
    found = compare(*map(moments, arms), METRICS["average_order_value"], alpha=0.05, planned_units=400)
    assert found
    for arm, mean in zip(arms, (found.control_mean, found.mean), strict=True):
        assert mean == pytest.approx(sum(arm["revenue"]) / sum(arm["orders"]))


@pytest.mark.parametrize(
    ("metric", "changes"),
    [
        ("average_order_value", {"orders": [0] * 200}),
        ("revenue", {"revenue": [0] * 200}),
        ("revenue", {"revenue": [5] * 200, "revenue_before": [0] * 200}),
    ],
)
def test_what_has_no_value_or_never_varies_has_no_reading(metric: str, changes: Values) -> None:
    arms = [moments(people(seed=seed) | changes) for seed in (1, 2)]
    assert compare(*arms, METRICS[metric], alpha=0.05, planned_units=400) is None


def test_of_few_units_nothing_is_said() -> None:
    arms = moments(people(seed=1)), moments(people(seed=2, units=29))
    assert compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=400) is None


def test_a_lift_on_nothing_is_none() -> None:
    arms = people(seed=1, more=-40), people(seed=2, more=-40)
    found = compare(*map(moments, arms), METRICS["revenue"], alpha=0.05, planned_units=400)
    assert found
    assert (found.lift, found.lift_low, found.lift_high) == (None, None, None)


def test_more_arms_make_the_sequential_interval_wider_and_not_the_fixed_one() -> None:
    arms = moments(people(seed=1)), moments(people(seed=2))
    one, two = (
        compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=400, treatments=count)
        for count in (1, 2)
    )
    assert one
    assert two
    assert two.sequential_low < one.sequential_low < one.difference_low == two.difference_low


@pytest.mark.parametrize(
    ("difference", "is_final", "p", "reading"),
    [
        (5, False, 0.9, "better"),
        (5, True, 0.9, "unclear"),
        (5, True, 0.01, "better"),
        (-5, False, None, "worse"),
    ],
)
def test_before_the_end_the_sequential_interval_decides_and_then_the_p_value(
    difference: int, p: float | None, reading: str, *, is_final: bool
) -> None:
    arms = moments(people(seed=1)), moments(people(seed=2, more=difference))
    found = compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=400)
    words = in_words(found, METRICS["revenue"], p=p, alpha=0.05, is_final=is_final, is_large=True)
    assert words == reading


def test_more_complaints_are_worse() -> None:
    arms = [
        moments({"complaints": [1] * yes + [0] * (200 - yes), "complaints_before": [0] * 200})
        for yes in (20, 90)
    ]
    found = compare(*arms, METRICS["complaints"], alpha=0.05, planned_units=400)
    words = in_words(found, METRICS["complaints"], p=0.0, alpha=0.05, is_final=True, is_large=True)
    assert words == "worse"


@pytest.mark.parametrize(
    ("counted", "shares", "is_mismatch"),
    [
        ({"a": 500, "b": 500}, {"a": 0.5, "b": 0.5}, False),
        ({"a": 400, "b": 600}, {"a": 0.5, "b": 0.5}, True),
        ({"a": 100, "b": 900}, {"a": 0.1, "b": 0.9}, False),
        # chi-squared would be alarmed
        ({"a": 3, "b": 7}, {"a": 0.05, "b": 0.95}, False),
        ({"a": 300, "b": 300, "c": 420}, {"a": 1.0, "b": 1.0, "c": 1.0}, True),
        ({"a": 100}, {"a": 0.5, "b": 0.5}, True),
        ({"a": 10_400, "b": 9_600}, {"a": 0.5, "b": 0.5}, True),
        ({"a": 500, "b": 500, "gone": 1}, {"a": 0.5, "b": 0.5}, True),
        ({}, {"a": 0.5, "b": 0.5}, False),
    ],
)
def test_arms_are_held_against_the_shares_they_were_drawn_with(
    counted: dict[str, int], shares: dict[str, float], *, is_mismatch: bool
) -> None:
    assert (sample_ratio_p(counted, shares) < 0.001) == is_mismatch


def test_arms_looked_at_every_night_are_hardly_ever_called_mismatched() -> None:
    nightly = np.random.default_rng(1).binomial(140, 0.5, (1_000, 28)).cumsum(axis=1)
    looks = [
        [
            sample_ratio_p({"a": int(count), "b": 140 * (night + 1) - int(count)}, {"a": 0.5, "b": 0.5})
            for night, count in enumerate(counts)
        ]
        for counts in nightly
    ]
    assert sum(min(ps) < 0.001 for ps in looks) <= 3
    # what is promised holds at every level, not only where few are counted
    assert sum(min(ps) < 0.05 for ps in looks) <= 65


def test_a_family_is_adjusted_by_holm_and_other_comparisons_by_benjamini_and_hochberg() -> None:
    assert adjusted([0.01, 0.04, 0.03], is_family=True) == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted([0.01, 0.04, 0.03], is_family=False) == pytest.approx([0.03, 0.04, 0.04])
    assert adjusted([], is_family=True) == []


def test_a_sequence_is_wider_than_the_interval_of_one_look_and_tightest_where_it_was_planned() -> None:
    widths = {
        planned: half_width(1.0, 1_000, planned_units=planned, alpha=0.05) for planned in (100, 1_000, 10_000)
    }
    assert 1.96 < widths[1_000] < min(widths[100], widths[10_000])
    assert half_width(1.0, 0, planned_units=100, alpha=0.05) == float("inf")
