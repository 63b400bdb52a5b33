"""Turning scores into figures that hold: amounts by a factor, probabilities by Platt's line or a staircase.

Platt 1999 fits a line to the log-odds; isotonic regression (Zadrozny, Elkan 2002) any rising staircase.
The staircase needs many customers, so that the choice is made on half of those it was not fitted on.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from regulars.models.learning.grading import SMALLEST_PROBABILITY, Floats, log_losses

Kind = Literal["platt", "isotonic", "scale"]
# what a staircase says of a group without a single outcome is no certainty
STEPS_AT_LEAST = 50


@dataclass(frozen=True)
class Calibration:
    """A rising function from raw log-odds to probabilities, or from raw amounts to amounts."""

    kind: Kind
    points: tuple[float, ...]
    probabilities: tuple[float, ...]

    def apply(self, raw: Floats) -> Floats:
        """The probabilities of raw log-odds, or the amounts of raw amounts."""
        if self.kind == "scale":
            return np.asarray(self.points[0] * raw)
        if self.kind == "platt":
            slope, intercept = self.points
            return np.asarray(expit(slope * raw + intercept))
        return np.asarray(np.interp(raw, self.points, self.probabilities))

    def as_json(self) -> dict[str, Any]:
        """The function as JSON-like data."""
        return {"kind": self.kind, "points": list(self.points), "probabilities": list(self.probabilities)}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> "Calibration":
        """The function that `as_json` told."""
        return cls(data["kind"], tuple(data["points"]), tuple(data["probabilities"]))


AS_IT_IS = Calibration("scale", (1.0,), ())


def log_odds(probability: Floats) -> Floats:
    """The log-odds of probabilities, of which 0 and 1 are bounded."""
    sure = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.asarray(np.log(sure) - np.log1p(-sure))


def calibrate(raw: Floats, outcome: Floats) -> Calibration:
    """The calibration that holds better on every second customer, fitted on all."""
    odd = np.arange(len(raw)) % 2 == 1
    held = [
        log_losses(outcome[odd], fit(raw[~odd], outcome[~odd]).apply(raw[odd])).mean()
        for fit in (platt, isotonic)
    ]
    return isotonic(raw, outcome) if held[1] < held[0] else platt(raw, outcome)


def scale(raw: Floats, outcome: Floats) -> Calibration:
    """The factor by which the predicted amounts come to what customers spent in all."""
    predicted = raw.sum()
    return Calibration("scale", (float(outcome.sum() / predicted) if predicted > 0 else 1.0,), ())


def platt(raw: Floats, outcome: Floats) -> Calibration:
    """The line through the log-odds of greatest likelihood; its slope is never negative."""
    positives, negatives = outcome.sum(), (1 - outcome).sum()
    # Platt's targets, which keep the line finite where scores part all outcomes
    target = np.where(outcome > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = line[0] * raw + line[1]
        error = expit(odds) - target
        value = np.logaddexp(0, odds) - target * odds
        return float(value.mean()), np.array([(error * raw).mean(), error.mean()])

    found = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]
    )
    return Calibration("platt", (float(found.x[0]), float(found.x[1])), ())


def isotonic(raw: Floats, outcome: Floats) -> Calibration:
    """The rising staircase of least squares, between whose steps lines run."""
    order = np.argsort(raw, kind="stable")
    groups = np.split(order, _ends_of_steps(raw[order]))
    points = np.array([raw[group].mean() for group in groups])
    shares = np.array([(outcome[group].sum() + 0.5) / (len(group) + 1) for group in groups])
    weights = np.array([len(group) for group in groups], dtype=np.float64)
    steps = isotonic_regression(shares, weights=weights).x
    return Calibration("isotonic", tuple(map(float, points)), tuple(map(float, steps)))


def _ends_of_steps(ranked: Floats) -> list[int]:
    """Where all steps but the last end among rising scores; none is of a handful, or parts equal scores."""
    ends = [0]
    while (least := ends[-1] + STEPS_AT_LEAST) <= len(ranked):
        ends.append(int(np.searchsorted(ranked, ranked[least - 1], side="right")))
    # what is left over is too few for a step of its own, or nobody
    return ends[1:-1]
