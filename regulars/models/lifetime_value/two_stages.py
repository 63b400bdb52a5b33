"""Whether a customer orders at all, times what she then spends: trees for each.

What buyers spend is taken as lognormal, as in the zero-inflated lognormal loss of Wang, Liu, Miao 2019 ("A
Deep Probabilistic Model for Customer Lifetime Value Prediction"), whose parts are fitted one by one here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
from scipy.special import ndtri

from regulars.models.learning.calibration import Calibration, calibrate
from regulars.models.learning.grading import Floats
from regulars.models.learning.model import Growing, outcomes, trees
from regulars.models.learning.predictors import Trees

LEAST_AMOUNT = 0.01


@dataclass(frozen=True)
class Spend:
    """What each of some customers may spend: the probability that she orders, and the amount if she does."""

    probability: Floats
    mean_log: Floats
    spread: float

    @property
    def mean(self) -> Floats:
        """The expected amount of each customer."""
        return self.probability * np.exp(self.mean_log + self.spread**2 / 2)

    def quantile(self, share: float) -> Floats:
        """The amount that a share of the customers like her stay below; 0 if so many order nothing."""
        probability = np.maximum(self.probability, LEAST_AMOUNT)
        of_buyers = (share - (1 - probability)) / probability
        amount = np.exp(self.mean_log + self.spread * ndtri(np.clip(of_buyers, 1e-6, 1 - 1e-6)))
        return np.where(of_buyers > 0, amount, 0.0)


@dataclass(frozen=True)
class TwoStages:
    """Trees for the log-odds of an order, trees for the logarithm of the amount, and its spread."""

    kind: ClassVar[str] = "two_stages"
    orders: Trees
    orders_calibration: Calibration
    amount: Trees
    spread: float

    def raw(self, frame: pl.DataFrame) -> Floats:
        """The expected amount of each customer."""
        return self.spend(frame).mean

    def spend(self, frame: pl.DataFrame) -> Spend:
        """What each customer may spend."""
        return Spend(self.probability(frame), self.amount.raw(frame), self.spread)

    def probability(self, frame: pl.DataFrame) -> Floats:
        """The probability that a customer orders at all."""
        return self.orders_calibration.apply(self.orders.raw(frame))

    def as_json(self) -> dict[str, Any]:
        """Both stages."""
        return {
            "orders": self.orders.as_json(),
            "orders_calibration": self.orders_calibration.as_json(),
            "amount": self.amount.as_json(),
            "spread": self.spread,
        }

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The rule that `as_json` told."""
        return cls(
            Trees.of_json(data["orders"]),
            Calibration.of_json(data["orders_calibration"]),
            Trees.of_json(data["amount"]),
            data["spread"],
        )


@dataclass(frozen=True)
class GrowingTwo:
    """A way to fit both stages, with the spread that buyers to choose by have around what is predicted."""

    orders: Growing
    amount: Growing

    def __call__(self, learning: pl.DataFrame, choosing: pl.DataFrame) -> TwoStages:
        """Both stages that predict best for the customers to choose by.

        Raises:
            ValueError: As of either stage.
        """
        orders = self.orders(_ordered(learning), _ordered(choosing))
        calibration = calibrate(orders.raw(choosing), outcomes(_ordered(choosing)))
        amount = self.amount(_log_amounts(learning), _log_amounts(choosing))
        buyers = _log_amounts(choosing)
        spread = float(np.std(outcomes(buyers) - amount.raw(buyers)))
        return TwoStages(orders, calibration, amount, spread)

    def tuned(self, learning: pl.DataFrame, choosing: pl.DataFrame, *, trials: int) -> Self:
        """The same way with the parameters of either stage that lose least on customers to choose by."""
        return replace(
            self,
            orders=self.orders.tuned(_ordered(learning), _ordered(choosing), trials=trials),
            amount=self.amount.tuned(_log_amounts(learning), _log_amounts(choosing), trials=trials),
        )

    def as_json(self) -> dict[str, Any]:
        """The parameters of both stages other than the usual ones, by objective."""
        return self.orders.as_json() | self.amount.as_json()


def two_stages(features: Sequence[str]) -> GrowingTwo:
    """Trees for whether she orders and for what she then spends, over those of the features that vary."""
    return GrowingTwo(trees(features, "binary"), trees(features, "regression"))


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(outcome=(pl.col("outcome") > 0).cast(pl.Float64))


def _log_amounts(frame: pl.DataFrame) -> pl.DataFrame:
    buyers = frame.filter(pl.col("outcome") > 0)
    return buyers.with_columns(outcome=pl.col("outcome").clip(lower_bound=LEAST_AMOUNT).log())
