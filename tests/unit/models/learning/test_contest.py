import math
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import pytest

from regulars.models.learning.calibration import AS_IT_IS, log_odds
from regulars.models.learning.contest import SEED, Figure, contest, fitted, resampled, split
from regulars.models.learning.examples import Periods
from regulars.models.learning.grading import Floats, area_under_curve
from regulars.models.learning.predictors import Predictor

DAY = date(2025, 3, 31)


@dataclass(frozen=True)
class Column:
    """The rule that says what a column holds."""

    kind: ClassVar[str] = "column"
    name: str

    def raw(self, frame: pl.DataFrame) -> Floats:
        return np.asarray(frame[self.name].to_numpy(), dtype=np.float64)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        return cls(data["name"])


def customers(count: int, figure: Figure = "probability") -> pl.DataFrame:
    """Customers, and what may be said of each: the `truth`, `half` of it, `nearly` it, the mean of `all`."""
    draws = np.random.default_rng(5)
    truth = draws.uniform(0.05, 0.95, count)
    happens = (draws.random(count) < truth).astype(np.float64)
    return pl.DataFrame(
        {
            "as_of_date": [DAY] * count,
            "truth": truth,
            "half": (truth + 0.5) / 2,
            "nearly": truth * 0.95 + 0.025,
            "all": np.full(count, 0.5),
            "outcome": happens if figure == "probability" else happens * draws.exponential(1, count),
        }
    )


def contestants(**columns: str) -> dict[str, Predictor]:
    return {method: Predictor(method, Column(name), AS_IT_IS) for method, name in columns.items()}


@pytest.mark.parametrize(("figure", "loss"), [("probability", "log loss"), ("amount", "Tweedie deviance")])
def test_trees_that_are_surely_better_win_and_the_reason_says_by_how_much(figure: Figure, loss: str) -> None:
    result = contest(contestants(trees="truth", rfm="half", recency="all"), figure, customers(4_000, figure))
    assert result.champion == "trees"
    trees, best = (result.grade(method).losses.mean() for method in ("trees", "rfm"))
    assert result.reason.startswith(
        f"{loss} on 4,000 customers of 2025-03-31: trees {trees:.4f}, rfm {best:.4f},"
        f" better by {best - trees:.4f} ("
    )
    assert "not surely" not in result.reason


@pytest.mark.parametrize(
    ("trees", "rfm", "count"),
    [("half", "half", 4_000), ("all", "half", 4_000), ("truth", "nearly", 100)],
    ids=["no better", "worse", "better by chance"],
)
def test_trees_that_are_not_surely_better_do_not_win(trees: str, rfm: str, count: int) -> None:
    result = contest(contestants(trees=trees, rfm=rfm, recency="all"), "probability", customers(count))
    assert result.champion == "rfm"
    assert result.reason.endswith("not surely better, so the rule scores")


def test_without_trees_the_best_rule_scores() -> None:
    result = contest(contestants(recency="all", rfm="half"), "probability", customers(4_000))
    assert (result.champion, result.reason) == ("rfm", "no trees could be grown")


@pytest.mark.parametrize(
    ("figure", "own"),
    [
        ("probability", {"log_loss", "auc"}),
        ("amount", {"tweedie_deviance", "mean_absolute_error", "rank_correlation"}),
    ],
)
def test_every_method_is_graded_by_the_same_metrics(figure: Figure, own: set[str]) -> None:
    result = contest(contestants(trees="truth", recency="all"), figure, customers(500, figure))
    shared = {"top_decile_lift", "calibration_error", "bias"}
    assert [set(grade.metrics) for grade in result.grades] == [own | shared] * 2


def test_bias_is_the_share_by_which_the_sum_was_predicted_too_high() -> None:
    frame = customers(500).with_columns(too_high=pl.col("outcome").mean() * 1.25)
    result = contest(contestants(recency="too_high"), "probability", frame)
    assert result.grade("recency").metrics["bias"].value == pytest.approx(0.25)
    assert (
        result.grade("recency").metrics["calibration_error"].value >= 0.2 * frame["outcome"].to_numpy().mean()
    )


def test_an_interval_holds_the_metric_and_is_the_same_again() -> None:
    frame = customers(2_000)
    outcome, truth = (frame[name].to_numpy() for name in ("outcome", "truth"))
    interval = resampled({"auc": area_under_curve}, outcome, truth)["auc"]
    assert interval.low < interval.value < interval.high
    assert interval.high - interval.low < 0.1
    assert resampled({"auc": area_under_curve}, outcome, truth) == {"auc": interval}


def test_resamples_are_of_customers_in_the_order_in_which_they_came() -> None:
    outcome, predicted = np.array([0.0, 3.0, 1.0, 0.0, 2.0]), np.array([5.0, 1.0, 4.0, 1.0, 3.0])
    rows = np.random.default_rng(SEED).integers(0, 5, 5)
    seen: list[list[tuple[float, float]]] = []

    def noting(happened: Floats, rising: Floats) -> float:
        seen.append(sorted(zip(rising.tolist(), happened.tolist(), strict=True)))
        return 0.0

    resampled({"noting": noting}, outcome, predicted)
    assert seen[0] == sorted(zip(predicted[rows].tolist(), outcome[rows].tolist(), strict=True))


def test_a_metric_that_cannot_be_told_is_not_told_without_a_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    interval = resampled({"auc": area_under_curve}, np.ones(5), np.arange(5.0))["auc"]
    assert math.isnan(interval.value)
    assert math.isnan(interval.low)
    assert len(recwarn) == 0


def test_a_method_is_calibrated_on_the_customers_to_choose_by() -> None:
    learning, choosing = customers(10), customers(4_000)
    doubled = choosing.with_columns(odds=pl.Series(2 * log_odds(choosing["truth"].to_numpy())))
    predictor = fitted("recency", lambda _, __: Column("odds"), "probability", learning, doubled)
    assert predictor.predict(doubled) == pytest.approx(choosing["truth"].to_numpy(), abs=0.06)
    amounts = fitted("last_period", lambda _, __: Column("truth"), "amount", learning, choosing)
    assert amounts.predict(choosing).sum() == pytest.approx(choosing["outcome"].sum())


def test_customers_are_split_by_the_day_they_are_known_of() -> None:
    days = [date(2025, month, 28) for month in range(1, 7)]
    frame = pl.DataFrame({"as_of_date": days})
    parts = split(frame, Periods((days[0], days[1]), days[3], days[5]))
    assert [part["as_of_date"].to_list() for part in parts] == [days[:2], [days[3]], [days[5]]]
