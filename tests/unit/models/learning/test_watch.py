"""Whether a version notices that the world is another one, and keeps quiet while it is the same."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import pytest

from regulars.models.learning.calibration import Calibration
from regulars.models.learning.grading import Floats
from regulars.models.learning.predictors import Predictor
from regulars.models.learning.watch import (
    SCORE,
    Reference,
    Watch,
    reference_of,
    residual_correlations,
    watch_of,
)

DAYS = [date(2024, month, 1) for month in range(1, 8)]
CUSTOMERS = 6_000
FEATURES = ("days_since_last_order", "visit_count_30d", "order_count_90d")


@dataclass(frozen=True)
class ByRecency:
    """Log-odds that rise with the days since the last order and fall with visits."""

    kind: ClassVar[str] = "by_recency"

    def raw(self, frame: pl.DataFrame) -> Floats:
        recency, visits = (frame[name].to_numpy().astype(np.float64) for name in FEATURES[:2])
        return np.asarray(recency / 30 - visits / 2)

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        assert not data
        return cls()


PREDICTOR = Predictor("by_recency", ByRecency(), Calibration("platt", (1.0, 0.0), ()))


def customers(day: date, seed: int, *, visits_matter: float = 0.5, level: float = 0.0) -> pl.DataFrame:
    """Customers of a day, who order in the next 28 days by recency, and by visits as far as these matter."""
    draws = np.random.default_rng(seed)
    recency, visits = draws.integers(0, 90, CUSTOMERS), draws.poisson(2, CUSTOMERS)
    odds = recency / 30 - visits_matter * visits + level
    leaves = draws.random(CUSTOMERS) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "as_of_date": [day] * CUSTOMERS,
            "days_since_last_order": recency.astype(np.float32),
            "visit_count_30d": visits.astype(np.float32),
            "order_count_90d": draws.poisson(3, CUSTOMERS).astype(np.float32),
            "early_outcome": leaves.astype(np.float64),
        }
    )


@pytest.fixture(scope="module")
def watch() -> Watch:
    learned_from = pl.concat(customers(day, seed, level=seed / 10) for seed, day in enumerate(DAYS))
    return watch_of(PREDICTOR, FEATURES, learned_from)


def exceeds(watch: Watch, now: pl.DataFrame) -> bool:
    limit = watch.residual_limit(now.height)
    assert limit is not None
    return watch.residual_shift(now, PREDICTOR.predict(now))[0] > limit


@pytest.mark.parametrize("level", [-1.0, 0.0, 1.0])
def test_a_season_in_which_all_order_more_or_less_is_no_drift(watch: Watch, level: float) -> None:
    assert [seed for seed in range(20) if exceeds(watch, customers(DAYS[0], 100 + seed, level=level))] == []


def test_a_relation_that_is_gone_is_drift_and_its_feature_is_named(watch: Watch) -> None:
    now = customers(DAYS[0], 200, visits_matter=0.0)
    assert exceeds(watch, now)
    shift = watch.residual_shift(now, PREDICTOR.predict(now))[1]
    assert FEATURES[int(np.abs(shift).argmax())] == "visit_count_30d"


def test_fewer_customers_ask_for_more_before_it_is_no_chance(watch: Watch) -> None:
    limits = [watch.residual_limit(count) for count in (500, 5_000, 50_000)]
    assert None not in limits
    assert limits == sorted(limits, key=lambda limit: -(limit or 0))


def test_two_months_are_too_few_to_say_what_is_usual() -> None:
    watch = watch_of(PREDICTOR, FEATURES, pl.concat(customers(day, 1) for day in DAYS[:2]))
    assert watch.residual_limit(CUSTOMERS) is None


def test_a_watch_is_read_back_as_it_was(watch: Watch) -> None:
    assert Watch.of_json(watch.as_json()) == watch
    assert set(watch.references) == {*FEATURES, SCORE}


def reference(*months: list[float]) -> Reference:
    arrays = [np.asarray(month, dtype=np.float64) for month in months]
    return reference_of(np.concatenate(arrays), arrays)


def test_the_same_values_are_stable_and_others_are_not() -> None:
    values = list(np.random.default_rng(1).normal(size=4_000))
    known = reference(values[:2_000], values[2_000:])
    assert known.psi(np.array(values)) == pytest.approx(0)
    assert known.psi(np.array(values) + 1) > known.limit
    assert known.wasserstein(np.array(values) + 1) == pytest.approx(1, abs=0.02)


def test_what_is_unknown_is_a_bin_of_its_own() -> None:
    known = reference([1.0, 2.0, 3.0, 4.0] * 100)
    assert known.psi(np.array([1.0, 2.0, 3.0, 4.0, np.nan, np.nan] * 100)) > known.limit
    assert known.wasserstein(np.array([np.nan] * 10)) == 0


@pytest.mark.parametrize("count", [10, 100, 1_000])
def test_few_customers_of_the_same_world_are_not_beyond_the_limit(watch: Watch, count: int) -> None:
    limit = watch.psi_limit("visit_count_30d", count)
    reference = watch.references["visit_count_30d"]
    beyond = [
        seed
        for seed in range(50)
        if reference.psi(customers(DAYS[0], 300 + seed)["visit_count_30d"].to_numpy()[:count]) > limit
    ]
    assert beyond == []


def test_another_world_is_beyond_the_limit_of_enough_customers(watch: Watch) -> None:
    reference = watch.references["visit_count_30d"]
    now = customers(DAYS[0], 400)["visit_count_30d"].to_numpy()[:1_000] * 2
    assert reference.psi(now) > watch.psi_limit("visit_count_30d", 1_000)


def test_a_feature_that_swings_from_month_to_month_has_a_wider_limit() -> None:
    steady, swinging = reference([1.0, 2.0] * 50, [1.0, 2.0] * 50), reference([1.0] * 100, [2.0] * 100)
    assert swinging.limit > steady.limit == 0.1


@pytest.mark.parametrize("values", [[np.nan] * 5, [3.0] * 5, []])
def test_a_feature_without_spread_is_at_rest(values: list[float]) -> None:
    known = reference(values)
    assert known.psi(np.array(values)) == 0
    assert known.wasserstein(np.array(values)) == 0


def test_a_feature_that_is_known_of_few_is_no_drift(watch: Watch) -> None:
    few = pl.int_range(pl.len()) % 100 == 0
    rarely_known = [pl.when(few).then(name).alias(name) for name in FEATURES[1:]]
    months = pl.concat([customers(day, seed) for seed, day in enumerate(DAYS)])
    seldom = watch_of(
        PREDICTOR, FEATURES[1:], months.with_columns(rarely_known), unseen=PREDICTOR.rule.raw(months)
    )
    chance = []
    for seed in range(100, 120):
        now = customers(DAYS[0], seed)
        shift, _ = seldom.residual_shift(now.with_columns(rarely_known), PREDICTOR.predict(now))
        chance.append(shift * np.sqrt(CUSTOMERS))
    assert np.mean(chance) < 1.5
    assert watch.residual_variance is not None


def test_a_month_in_which_nothing_happened_hangs_together_with_nothing() -> None:
    quiet = customers(DAYS[0], 1).with_columns(early_outcome=pl.lit(0.0))
    same = np.full(quiet.height, 0.01)
    assert residual_correlations(quiet, FEATURES, same).tolist() == [0.0] * len(FEATURES)


def test_residuals_are_of_who_did_not_learn_from_the_customers_where_there_is_such() -> None:
    months = pl.concat([customers(day, seed) for seed, day in enumerate(DAYS)])
    by_heart = watch_of(PREDICTOR, FEATURES, months)
    unseen = watch_of(PREDICTOR, FEATURES, months, unseen=np.zeros(months.height))
    assert unseen.references == by_heart.references
    assert max(map(abs, unseen.residuals)) > 0.2 > max(map(abs, by_heart.residuals))
