"""What a statistical model is: of whom it says what, and the ways in which it may say so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from regulars.models.learning.boosting import boost
from regulars.models.learning.contest import Figure, Fit
from regulars.models.learning.matrix import matrix, varying
from regulars.models.learning.predictors import Trees

if TYPE_CHECKING:
    from regulars.models.learning.grading import Floats

# the ways to predict, given the features that trees may ask for and all customers with orders on an as-of day
Methods = Callable[[Sequence[str], pl.DataFrame], Mapping[str, Fit]]


@dataclass(frozen=True)
class Model:
    """One prediction: its name, what it is, for whom (SQL over features), and what came true.

    `outcome` reads the columns of `examples`. `methods` has trees under the name `trees`, and rules;
    `untested` names the rule that needs no outcomes, for a store whose history is too short to grade any.
    """

    name: str
    figure: Figure
    horizon_days: int
    population: str
    outcome: pl.Expr
    methods: Methods
    untested: str | None = None


def trees(features: Sequence[str], objective: str) -> Callable[[pl.DataFrame, pl.DataFrame], Trees]:
    """Trees over those of the features that vary."""

    def fit(learning: pl.DataFrame, choosing: pl.DataFrame) -> Trees:
        names = varying(matrix(learning, features), features)
        if not names:
            raise ValueError(f"none of {len(features)} features varies among {learning.height} customers")
        return Trees(
            boost(
                matrix(learning, names),
                outcomes(learning),
                choosing_values=matrix(choosing, names),
                choosing_outcome=outcomes(choosing),
                features=names,
                objective=objective,
            )
        )

    return fit


def outcomes(frame: pl.DataFrame) -> "Floats":
    """What came true, per customer."""
    return np.asarray(frame["outcome"].to_numpy(), dtype=np.float64)
