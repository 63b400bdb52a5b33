"""What a customer spent in the last period she will spend in the next: the rule that needs no learning."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import polars as pl

from regulars.models.learning.grading import Floats


@dataclass(frozen=True)
class LastPeriod:
    """The amount of a feature, carried forward."""

    kind: ClassVar[str] = "last_period"
    feature: str

    def raw(self, frame: pl.DataFrame) -> Floats:
        """The amount of each customer; 0 where it is unknown, or less was paid than given back."""
        amounts: Floats = frame[self.feature].cast(pl.Float64).fill_nan(0).fill_null(0).clip(0).to_numpy()
        return amounts

    def as_json(self) -> dict[str, Any]:
        """The feature's name."""
        return {"feature": self.feature}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The rule that `as_json` told."""
        return cls(data["feature"])
