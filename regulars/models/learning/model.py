"""What a statistical model is: of whom it says what, and the ways in which it may say so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl

from regulars.models.learning.boosting import Parameters, boost, mean_loss
from regulars.models.learning.contest import Figure, Fit
from regulars.models.learning.examples import Outcome, OwnFeatures
from regulars.models.learning.history import OF_ORDERS
from regulars.models.learning.matrix import matrix, varying
from regulars.models.learning.predictors import Predictor, Trees
from regulars.models.learning.tuning import best_parameters

if TYPE_CHECKING:
    from regulars.models.learning.grading import Floats

# the ways to predict, given the features that trees may ask for and, once one asks, all customers with orders
Methods = Callable[[Sequence[str], Callable[[], pl.DataFrame]], Mapping[str, Fit]]
# a table of scores, of frames of tonight's customers
Score = Callable[[Iterable[pl.DataFrame], Predictor], pl.DataFrame]
WITH_ORDERS = "order_count > 0"


@dataclass(frozen=True)
class Model:
    """One prediction: its name, what it is, for whom (SQL over features), and what came true.

    `methods` has trees under the name `trees`, and rules; `untested` names the rule that needs no outcomes,
    for a store whose history is too short to grade any. `score` makes the rows of table `table` of those who
    are `listed` (SQL over features); the population is a part of them. The horizon begins at most `wait_days`
    after the as-of day. `history` and `asks_for` have what of data_readiness it needs; below
    `least_examples`, or `least_outcomes` of either kind, nothing is learned. `about` is what the name cannot
    say word by word.
    """

    name: str
    figure: Figure
    horizon_days: int
    population: str
    outcome: Outcome
    methods: Methods
    table: str
    score: Score
    most_rows: int
    untested: str | None = None
    own: OwnFeatures | None = None
    rule_features: tuple[str, ...] = ()
    listed: str = WITH_ORDERS
    wait_days: int = 0
    history: tuple[str, ...] = OF_ORDERS
    asks_for: tuple[str, ...] = ()
    least_examples: int = 0
    least_outcomes: int = 0
    about: str = ""

    @property
    def over_after_days(self) -> int:
        """Days after an as-of day until what came true of everybody is known."""
        return self.wait_days + self.horizon_days


@dataclass(frozen=True)
class Growing:
    """A way to fit trees over those of the features that vary, with parameters other than the usual ones."""

    features: tuple[str, ...]
    objective: str
    parameters: Parameters = field(default_factory=dict)

    def __call__(self, learning: pl.DataFrame, choosing: pl.DataFrame) -> Trees:
        """The trees that predict best for the customers to choose by.

        Raises:
            ValueError: No feature varies, or there is only one outcome, or one that is no number.
        """
        names = varying(matrix(learning, self.features), self.features)
        if not names:
            raise ValueError(
                f"none of {len(self.features)} features varies among {learning.height} customers"
            )
        return Trees(
            boost(
                matrix(learning, names),
                outcomes(learning),
                choosing_values=matrix(choosing, names),
                choosing_outcome=outcomes(choosing),
                features=names,
                objective=self.objective,
                parameters=self.parameters,
            )
        )

    def tuned(self, learning: pl.DataFrame, choosing: pl.DataFrame, *, trials: int) -> Self:
        """The same way with the parameters that lose least on the customers to choose by."""

        def loss(parameters: Parameters) -> float:
            raw = replace(self, parameters=parameters)(learning, choosing).raw(choosing)
            return mean_loss(self.objective, outcomes(choosing), raw)

        return replace(self, parameters=best_parameters(loss, trials))

    def as_json(self) -> dict[str, Any]:
        """The parameters other than the usual ones, by objective."""
        return {self.objective: dict(self.parameters)}


def trees(features: Sequence[str], objective: str) -> Growing:
    """Trees over those of the features that vary."""
    return Growing(tuple(features), objective)


def outcomes(frame: pl.DataFrame) -> "Floats":
    """What came true, per customer."""
    return np.asarray(frame["outcome"].to_numpy(), dtype=np.float64)
