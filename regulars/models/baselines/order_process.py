"""BG/NBD, and gamma-gamma for amounts, as rules over the features of an as-of day."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import polars as pl

from regulars.models.baselines.bg_nbd import BgNbd, fit_bg_nbd
from regulars.models.baselines.gamma_gamma import GammaGamma, fit_gamma_gamma
from regulars.models.learning.calibration import log_odds
from regulars.models.learning.grading import Floats


def histories_of(frame: pl.DataFrame) -> pl.DataFrame:
    """What the models ask for, of customers with orders: days with orders, as many as gaps between them."""
    first, last = pl.col("days_since_first_order"), pl.col("days_since_last_order")
    repeats = (
        pl.when(first > last).then(((first - last) / pl.col("order_gap_mean_days")).round()).otherwise(0)
    )
    amount = pl.col("order_amount") / pl.col("order_count")
    return frame.select(
        repeat_order_count=repeats,
        recency_days=first - last,
        observed_days=first,
        # orders that cost nothing say nothing of what others will cost
        order_count=pl.when(amount > 0).then(repeats).otherwise(0),
        mean_order_amount=amount,
    )


@dataclass(frozen=True)
class NoOrder:
    """The probability of no order in the horizon, by BG/NBD."""

    kind: ClassVar[str] = "no_order"
    orders: BgNbd
    horizon_days: int

    def raw(self, frame: pl.DataFrame) -> Floats:
        """The log-odds of no order."""
        return log_odds(
            self.orders.probability_of_no_order(histories_of(frame), self.horizon_days).to_numpy()
        )

    def as_json(self) -> dict[str, Any]:
        """The parameters."""
        return {"orders": asdict(self.orders), "horizon_days": self.horizon_days}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The rule that `as_json` told."""
        return cls(BgNbd(**data["orders"]), data["horizon_days"])


@dataclass(frozen=True)
class OrdersTimesAmount:
    """The expected orders of the horizon by BG/NBD, times what one is worth by gamma-gamma."""

    kind: ClassVar[str] = "orders_times_amount"
    orders: BgNbd
    amounts: GammaGamma
    horizon_days: int

    def raw(self, frame: pl.DataFrame) -> Floats:
        """The expected amount of each customer."""
        histories = histories_of(frame)
        count = self.orders.expected_order_count(histories, self.horizon_days)
        return (count * self.amounts.expected_order_amount(histories)).to_numpy()

    def as_json(self) -> dict[str, Any]:
        """The parameters."""
        return {
            "orders": asdict(self.orders),
            "amounts": asdict(self.amounts),
            "horizon_days": self.horizon_days,
        }

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The rule that `as_json` told."""
        return cls(BgNbd(**data["orders"]), GammaGamma(**data["amounts"]), data["horizon_days"])


def fit_no_order(customers: pl.DataFrame, horizon_days: int) -> NoOrder:
    """BG/NBD on all customers with orders, at one as-of day.

    Raises:
        ValueError: Nobody ordered twice, or no parameters are likeliest.
    """
    return NoOrder(fit_bg_nbd(histories_of(customers)), horizon_days)


def fit_orders_times_amount(customers: pl.DataFrame, horizon_days: int) -> OrdersTimesAmount:
    """Both models on all customers with orders, at one as-of day.

    Raises:
        ValueError: Nobody ordered twice, or no parameters are likeliest.
    """
    histories = histories_of(customers)
    repeated = histories.filter(pl.col("order_count") >= 1)
    return OrdersTimesAmount(fit_bg_nbd(histories), fit_gamma_gamma(repeated), horizon_days)
