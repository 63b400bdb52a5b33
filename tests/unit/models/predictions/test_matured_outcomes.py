"""Whether the loss of a month that is over alarms: not by chance or season, but if it is worse."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import pytest

from regulars.models.churn.model import churn
from regulars.models.learning.calibration import Calibration
from regulars.models.learning.contest import grade, loss_of_mean
from regulars.models.learning.grading import Floats
from regulars.models.learning.predictors import Predictor
from regulars.models.predictions.drift import matured_outcomes
from tests.unit.models.made_up_shop import SETTINGS


@dataclass(frozen=True)
class Told:
    """Says the odds that it is told."""

    kind: ClassVar[str] = "told"

    def raw(self, frame: pl.DataFrame) -> Floats:
        return np.asarray(frame["odds"].to_numpy())

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        assert not data
        return cls()


PREDICTOR = Predictor("trees", Told(), Calibration("platt", (1.0, 0.0), ()))


def customers(count: int, seed: int, *, level: float = -2.0, slope: float = 1.0) -> pl.DataFrame:
    """Customers whose log-odds are normal around -2; what comes true is at another level, or by a slope."""
    draws = np.random.default_rng(seed)
    odds = draws.normal(-2, 1.5, count)
    came_true = draws.random(count) < 1 / (1 + np.exp(-(level + slope * (odds + 2))))
    return pl.DataFrame({"odds": odds, "outcome": came_true.astype(np.float64)})


def is_alarm(graded: pl.DataFrame, now: pl.DataFrame) -> bool:
    outcome = graded["outcome"].to_numpy()
    metrics = grade("trees", PREDICTOR.predict(graded), outcome, "probability").metrics
    content = {
        "method": "trees",
        "grades": {"trees": {name: list(interval.known) for name, interval in metrics.items()}},
        "loss_of_mean": loss_of_mean("probability", outcome),
    }
    ((row,), _) = matured_outcomes(churn(SETTINGS), PREDICTOR, now, content)
    assert row["statistic"] == "relative_log_loss"
    return bool(row["is_alarm"])


@pytest.mark.parametrize("count", [300, 1_500])
def test_chance_alarms_nobody_however_few_the_customers(count: int) -> None:
    graded = customers(count, 0)
    assert [seed for seed in range(1, 20) if is_alarm(graded, customers(count, seed))] == []


def test_a_season_in_which_half_more_happens_is_no_drift() -> None:
    graded, now = customers(10_000, 0), customers(10_000, 1, level=-1.5)
    assert now["outcome"].mean() > 1.3 * graded["outcome"].mean()  # type: ignore[operator]  # of floats
    assert not is_alarm(graded, now)


def test_scores_that_no_longer_tell_who_does_are_an_alarm() -> None:
    assert is_alarm(customers(10_000, 0), customers(10_000, 1, slope=0.3))
