import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.learning.grading import Floats
from regulars.models.lifetime_value.two_stages import TwoStages, two_stages
from tests.examples import examples

NAMES = ("visit_count_30d", "order_amount_90d")
SPREAD = 0.6


def customers(seed: int, count: int = 3_000) -> pl.DataFrame:
    """Who visits orders, and who spent much spends much: the logarithm is normal with a spread of SPREAD."""
    draws = np.random.default_rng(seed)
    visits, before = draws.uniform(0, 1, count), draws.uniform(0, 1, count)
    orders = draws.random(count) < visits
    amount = np.exp(2 + 2 * before + SPREAD * draws.normal(size=count))
    return pl.DataFrame(
        {
            "visit_count_30d": visits.astype(np.float32),
            "order_amount_90d": before.astype(np.float32),
            "outcome": np.where(orders, amount, 0),
        }
    )


@pytest.fixture(scope="module")
def stages() -> TwoStages:
    return two_stages(NAMES)(customers(1), customers(2))


@pytest.fixture(scope="module")
def mixture(stages: TwoStages) -> tuple[pl.DataFrame, Floats]:
    """A few customers, and what 100,000 like each of them spend if the rule is right."""
    frame, draws = customers(3, 12), np.random.default_rng(4)
    orders = draws.random((12, 100_000)) < stages.probability(frame)[:, None]
    logarithms = stages.amount.raw(frame)[:, None] + stages.spread * draws.normal(size=(12, 100_000))
    return frame, np.where(orders, np.exp(logarithms), 0)


def test_what_is_expected_is_the_mean_of_customers_like_her(
    stages: TwoStages, mixture: tuple[pl.DataFrame, Floats]
) -> None:
    frame, amounts = mixture
    assert stages.raw(frame) == pytest.approx(amounts.mean(axis=1), rel=0.03)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_share_of_customers_like_her_spends_no_more_than_the_quantile(
    stages: TwoStages, mixture: tuple[pl.DataFrame, Floats], share: float
) -> None:
    frame, amounts = mixture
    stay_below = (amounts <= stages.spend(frame).quantile(share)[:, None]).mean(axis=1)
    order_nothing = 1 - stages.probability(frame)
    assert stay_below == pytest.approx(np.maximum(share, order_nothing), abs=0.01)


@examples(20)
@given(low=st.floats(0.01, 0.99), high=st.floats(0.01, 0.99))
def test_a_higher_share_never_has_a_lower_quantile(stages: TwoStages, low: float, high: float) -> None:
    frame = customers(5, 50)
    low, high = sorted((low, high))
    assert (stages.spend(frame).quantile(low) >= 0).all()
    assert (stages.spend(frame).quantile(low) <= stages.spend(frame).quantile(high)).all()


def test_where_most_order_nothing_the_quantile_is_nothing(stages: TwoStages) -> None:
    frame = customers(6)
    unlikely = stages.probability(frame) < 0.45
    assert unlikely.sum() > 100
    assert (stages.spend(frame).quantile(0.5)[unlikely] == 0).all()
    assert (stages.spend(frame).quantile(0.5)[stages.probability(frame) > 0.55] > 0).all()


def test_both_stages_find_what_customers_were_drawn_from(stages: TwoStages) -> None:
    frame = customers(7)
    assert stages.spread == pytest.approx(SPREAD, abs=0.06)
    assert stages.probability(frame) == pytest.approx(frame["visit_count_30d"].to_numpy(), abs=0.25)
    assert np.corrcoef(stages.amount.raw(frame), frame["order_amount_90d"].to_numpy())[0, 1] > 0.95
    assert stages.raw(frame).sum() == pytest.approx(frame["outcome"].sum(), rel=0.1)


def test_a_rule_says_the_same_after_it_was_written_and_read(stages: TwoStages) -> None:
    frame = customers(8, 100)
    again = TwoStages.of_json(json.loads(json.dumps(stages.as_json())))
    assert np.array_equal(again.raw(frame), stages.raw(frame))
    assert np.array_equal(again.spend(frame).quantile(0.9), stages.spend(frame).quantile(0.9))


@pytest.mark.parametrize("amount", [0.0, 30.0])
def test_where_nobody_orders_or_all_spend_the_same_there_is_nothing_to_learn(amount: float) -> None:
    frame = customers(9).with_columns(outcome=pl.lit(amount))
    with pytest.raises(ValueError, match="every one of 3000 outcomes is"):
        two_stages(NAMES)(frame, frame)
