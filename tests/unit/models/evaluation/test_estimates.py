"""Estimates from simulated logs of a policy whose worth is known."""

import numpy as np
import polars as pl
import pytest

from regulars.models.evaluation.estimates import Evaluation, evaluated

OPTIONS = ("gift", "letter", "none")
TRUE = {"gift": 3.0, "letter": 1.5, "none": 1.0}
CUSTOMERS, NIGHTS = 1000, 3


def logged(
    seed: int, *, likes: float = 0.5, odds: tuple[float, float, float] = (0.2, 0.3, 0.5)
) -> pl.DataFrame:
    """A log of three chances a night; half the customers spend four times as much, whatever they get."""
    chance = np.random.default_rng(seed)
    sets = CUSTOMERS * NIGHTS
    customers, nights = np.repeat(np.arange(CUSTOMERS), NIGHTS), np.tile(np.arange(NIGHTS), CUSTOMERS)
    habit = np.repeat(chance.gamma(2, 0.5, CUSTOMERS), NIGHTS)
    drawn = chance.choice(3, sets, p=odds)
    mean = np.array([TRUE[option] for option in OPTIONS])[drawn] * habit
    reward = np.where(chance.random(sets) < likes, chance.gamma(1, mean / likes), 0)
    return pl.DataFrame(
        {
            "as_of_date": np.repeat(np.datetime64("2024-05-01") + nights, 3),
            "logged_id": np.repeat([f"c_{customer}" for customer in customers], 3),
            "customer_id": np.repeat([f"c_{customer}" for customer in customers], 3),
            "action_id": OPTIONS * sets,
            "channel": ("email", "mail", "") * sets,
            "propensity": odds * sets,
            "is_chosen": np.equal(np.tile(np.arange(3), sets), np.repeat(drawn, 3)),
            "reward": np.repeat(reward, 3),
            "rules_score": (1.0, 2.0, 0.0) * sets,
            "model_score": (2.0, 1.0, 0.0) * sets,
        }
    )


def measured(log: pl.DataFrame) -> Evaluation:
    return evaluated(log, "model_score", "rules_score")


def test_of_a_hundred_logs_the_truth_lies_in_the_interval_of_ninety_or_more() -> None:
    covered = np.zeros(3)
    for seed in range(100):
        found = measured(logged(seed))
        assert found.snips
        assert found.doubly_robust
        assert found.difference
        covered += [
            found.snips.low <= TRUE["gift"] <= found.snips.high,
            found.doubly_robust.low <= TRUE["gift"] <= found.doubly_robust.high,
            found.difference.low <= TRUE["gift"] - TRUE["letter"] <= found.difference.high,
        ]
    print(covered)  # noqa: T201
    assert (covered >= 90).all(), covered


def test_a_policy_that_is_better_is_told_from_one_that_is_worse() -> None:
    log = logged(1)
    assert measured(log).verdict == "better"
    assert evaluated(log, "rules_score", "model_score").verdict == "worse"
    assert evaluated(log, "rules_score", "rules_score").verdict == "incumbent"


def test_what_no_draw_could_fall_on_is_refused_with_its_name() -> None:
    log = logged(1, odds=(0.0, 0.5, 0.5))
    found = measured(log)
    assert found.verdict == "refused"
    assert found.doubly_robust is None
    assert found.reason.startswith(
        "support is missing: it would have chosen gift by email 3,000 times when no draw could fall on it"
    )


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (logged(1).head(0), "nobody was drawn"),
        (logged(1).head(300), "too few draws fell on what it chooses: they tell as much as"),
        (logged(1, likes=0.02), "too few outcomes"),
    ],
)
def test_too_little_is_refused_with_the_reason(log: pl.DataFrame, said: str) -> None:
    found = measured(log)
    assert found.verdict == "refused"
    assert said in found.reason
    assert (found.snips, found.difference) == (None, None)


def test_nothing_is_chosen_where_no_score_is_above_zero() -> None:
    log = logged(1).with_columns(model_score=pl.lit(-1.0))
    found = measured(log)
    assert found.doubly_robust
    assert found.doubly_robust.low < TRUE["none"] < found.doubly_robust.high
