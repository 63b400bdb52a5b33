"""What predicts: trees or a simpler rule, with the calibration that makes its raw scores hold.

A rule turns a frame of customers into raw scores and can be written as JSON, so that a version is text.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import polars as pl

from regulars.models.learning.boosting import Boosted
from regulars.models.learning.calibration import Calibration
from regulars.models.learning.grading import Floats
from regulars.models.learning.matrix import matrix


class Rule(Protocol):
    """A way to turn features into raw scores: log-odds, or amounts."""

    kind: ClassVar[str]

    def raw(self, frame: pl.DataFrame) -> Floats:
        """One raw score per customer."""

    def as_json(self) -> dict[str, Any]:
        """The rule as JSON-like data."""

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The rule that `as_json` told."""


@dataclass(frozen=True)
class Predictor:
    """A rule under the name of its method, and its calibration."""

    method: str
    rule: Rule
    calibration: Calibration

    def predict(self, frame: pl.DataFrame) -> Floats:
        """One probability or amount per customer."""
        return self.calibration.apply(self.rule.raw(frame))


@dataclass(frozen=True)
class Trees:
    """Gradient-boosted trees over some features."""

    kind: ClassVar[str] = "trees"
    boosted: Boosted

    def raw(self, frame: pl.DataFrame) -> Floats:
        """Log-odds, or what the trees were told to predict."""
        return self.boosted.raw(matrix(frame, self.boosted.features))

    def as_json(self) -> dict[str, Any]:
        """Features and trees."""
        return {"features": list(self.boosted.features), "trees": self.boosted.text}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The trees that `as_json` told."""
        return cls(Boosted(tuple(data["features"]), data["trees"]))
