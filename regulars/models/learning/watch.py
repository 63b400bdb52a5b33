"""Whether the world is still the one that a version learned from: its inputs, its scores, and what came true.

Three kinds of drift are told apart. Inputs and scores are compared with those learned from, by effect sizes:
the population stability index, and Wasserstein's distance in standard deviations. What came true shows
earliest in the residuals: after 28 days, four whole weeks, one sees who has ordered, and if what the version
overlooks hangs together with a feature more than in the months that it learned from, the relation has
changed, whatever season it is. Limits come from these months, so that an alarm is rare when nothing changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import chdtri, expit

from regulars.models.learning.calibration import log_odds, platt
from regulars.models.learning.grading import Floats, mean_ranks
from regulars.models.learning.matrix import Matrix, matrix
from regulars.models.learning.predictors import Predictor

BINS = 10
QUANTILES = np.linspace(0.025, 0.975, 20)
LEAST_SHARE = 1e-3
LEAST_MONTHS = 3
# an index below 0.1 is called no change by all who use it
LEAST_PSI = 0.1
PSI_MARGIN = 1.5
RESIDUAL_MARGIN = 1.75
# a dozen models are looked at every week
RARE = 1e-4
SCORE = "score"


@dataclass(frozen=True)
class Reference:
    """How one input was distributed: edges of bins, shares of these and of the unknown, quantiles, spread."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    quantiles: tuple[float, ...]
    spread: float
    limit: float

    def psi(self, values: Floats) -> float:
        """The population stability index of values now."""
        return _psi(np.asarray(self.shares), _shares(values, self.edges))

    def wasserstein(self, values: Floats) -> float:
        """The mean distance between the quantiles of both, in standard deviations of the reference."""
        known = values[np.isfinite(values)]
        if not len(known) or not self.spread:
            return 0.0
        moved = np.abs(np.quantile(known, QUANTILES) - np.asarray(self.quantiles))
        return float(moved.mean() / self.spread)


def reference_of(values: Floats, months: Sequence[Floats]) -> Reference:
    """The distribution of all values, and how far from it one of their months was at most."""
    known = values[np.isfinite(values)]
    some = known if len(known) else np.zeros(1)
    edges = tuple(map(float, np.unique(np.quantile(some, np.arange(1, BINS) / BINS))))
    shares = _shares(values, edges)
    farthest = max((_psi(shares, _shares(month, edges)) for month in months), default=0.0)
    return Reference(
        edges=edges,
        shares=tuple(map(float, shares)),
        quantiles=tuple(map(float, np.quantile(some, QUANTILES))),
        spread=float(some.std()),
        limit=max(LEAST_PSI, PSI_MARGIN * farthest),
    )


def _shares(values: Floats, edges: Sequence[float]) -> Floats:
    known = np.isfinite(values)
    place = np.where(known, np.searchsorted(edges, values, side="left"), len(edges) + 1)
    return np.asarray(np.bincount(place, minlength=len(edges) + 2) / max(len(values), 1))


def _psi(expected: Floats, found: Floats) -> float:
    before, now = np.maximum(expected, LEAST_SHARE), np.maximum(found, LEAST_SHARE)
    return float(((now - before) * np.log(now / before)).sum())


@dataclass(frozen=True)
class Watch:
    """What a version remembers of the customers it learned from."""

    features: tuple[str, ...]
    references: dict[str, Reference]
    residuals: tuple[float, ...]
    residual_variance: float | None
    customers: int

    def psi_limit(self, subject: str, customers: int) -> float:
        """The index of so many customers from which on it is neither chance nor what months differ.

        Of two samples of one distribution the index is chi-squared, with the bins less one as its degrees of
        freedom, times the sum of 1 / n of both (Yurdakul, Naranjo 2020).
        """
        reference = self.references[subject]
        by_chance = float(chdtri(len(reference.shares) - 1, RARE))
        return reference.limit + by_chance * (1 / max(customers, 1) + 1 / max(self.customers, 1))

    def residual_shift(self, frame: pl.DataFrame, predicted: Floats) -> tuple[float, Floats]:
        """How far the residuals' correlations are from those learned from: in all, and per feature."""
        shift = residual_correlations(frame, self.features, predicted) - np.asarray(self.residuals)
        return _size(shift), shift

    def residual_limit(self, customers: int) -> float | None:
        """The shift of so many customers from which on it is no chance; None where too few months are known.

        A correlation of n customers varies by 1 / n where nothing is to be found.
        """
        if self.residual_variance is None:
            return None
        by_chance = 1 / max(customers, 1) + 1 / max(self.customers, 1)
        return float(RESIDUAL_MARGIN * np.sqrt(self.residual_variance + by_chance))

    def as_json(self) -> dict[str, Any]:
        """The watch as JSON-like data."""
        return {
            "features": list(self.features),
            "references": {name: vars(reference) for name, reference in self.references.items()},
            "residuals": list(self.residuals),
            "residual_variance": self.residual_variance,
            "customers": self.customers,
        }

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> "Watch":
        """The watch that `as_json` told."""
        references = {
            name: Reference(
                tuple(told["edges"]),
                tuple(told["shares"]),
                tuple(told["quantiles"]),
                told["spread"],
                told["limit"],
            )
            for name, told in data["references"].items()
        }
        return cls(
            tuple(data["features"]),
            references,
            tuple(data["residuals"]),
            data["residual_variance"],
            data["customers"],
        )


def watch_of(
    predictor: Predictor,
    features: Sequence[str],
    learned_from: pl.DataFrame,
    *,
    unseen: Floats | None = None,
) -> Watch:
    """What to remember of the customers that a version learned from; residuals of probabilities only.

    Residuals are of `unseen`, log-odds of the same customers by trees that did not learn from them, if there
    are such: of few customers trees learn by heart what they overlook of all others.
    """
    months = learned_from.partition_by("as_of_date", maintain_order=True)
    predicted = [predictor.predict(month) for month in months]
    values = [matrix(month, features) for month in months]
    references = {name: reference_of(*_column(values, index)) for index, name in enumerate(features)} | {
        SCORE: reference_of(np.concatenate(predicted), predicted)
    }
    if predictor.calibration.kind == "scale":
        return Watch(tuple(features), references, (), None, learned_from.height)
    if unseen is not None:
        predicted = np.split(expit(unseen), np.cumsum([month.height for month in months])[:-1])
    correlations = np.stack(
        [residual_correlations(month, features, of) for month, of in zip(months, predicted, strict=True)]
    )
    return Watch(
        tuple(features),
        references,
        tuple(map(float, correlations.mean(axis=0))),
        _variance(correlations, learned_from.height / len(months)),
        learned_from.height,
    )


def _column(values: Sequence[Matrix], index: int) -> tuple[Floats, list[Floats]]:
    months = [np.asarray(month[:, index], dtype=np.float64) for month in values]
    return np.concatenate(months), months


def _variance(correlations: Floats, customers: float) -> float | None:
    """How far months are from one another beyond chance, squared; None of too few months to say."""
    count = len(correlations)
    if count < LEAST_MONTHS:
        return None
    others = (correlations.sum(axis=0) - correlations) / (count - 1)
    squares = float(np.mean([_size(shift) ** 2 for shift in correlations - others]))
    by_chance = (1 + 1 / (count - 1)) / customers
    return max(squares - by_chance, 0.0)


def _size(shift: Floats) -> float:
    return float(np.sqrt(np.mean(shift**2)))


def residual_correlations(frame: pl.DataFrame, features: Sequence[str], predicted: Floats) -> Floats:
    """How what is overlooked of the first 28 days hangs together with the rank of each feature.

    The probabilities are calibrated to these days first, so that neither horizon nor season counts. A feature
    that is known of few counts for as little. Columns: the features, and `early_outcome`.
    """
    outcome = frame["early_outcome"].to_numpy()
    raw = log_odds(predicted)
    sure = platt(raw, outcome).apply(raw)
    residual = (outcome - sure) / np.sqrt(np.maximum(sure * (1 - sure), 1e-6))
    values = matrix(frame, features)
    return np.array([_correlation(values[:, index], residual) for index in range(len(features))])


def _correlation(values: Matrix, residual: Floats) -> float:
    known = np.isfinite(values)
    ranks, of_known = mean_ranks(np.asarray(values[known], dtype=np.float64)), residual[known]
    # where nobody had a rare outcome a rule may overlook the same of everybody
    if len(ranks) < BINS or np.ptp(ranks) == 0 or np.ptp(of_known) == 0:
        return 0.0
    # that of a few who are known varies as 1 / few, and so weighted every feature varies as 1 / all
    weight = np.sqrt(len(ranks) / len(values))
    return float(weight * np.asarray(np.corrcoef(ranks, of_known))[0, 1])
