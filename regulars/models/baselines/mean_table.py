"""Customers in groups by a few features, each predicted to do what its group did: the recency rule, and RFM.

Edges are quantiles, and a group's mean is drawn to that of all as if twenty average customers were in it.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from regulars.models.learning.calibration import log_odds
from regulars.models.learning.grading import Floats

PRIOR_CUSTOMERS = 20


@dataclass(frozen=True)
class MeanTable:
    """Edges of the groups per feature, and a mean per group."""

    kind: ClassVar[str] = "mean_table"
    edges: dict[str, tuple[float, ...]]
    means: tuple[float, ...]
    is_probability: bool

    def raw(self, frame: pl.DataFrame) -> Floats:
        """The mean of each customer's group; its log-odds for a probability."""
        means = np.asarray(self.means)[groups(frame, self.edges)]
        return log_odds(means) if self.is_probability else means

    def as_json(self) -> dict[str, Any]:
        """Edges and means."""
        edges = {name: list(of_name) for name, of_name in self.edges.items()}
        return {"edges": edges, "means": list(self.means), "is_probability": self.is_probability}

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """The table that `as_json` told."""
        edges = {name: tuple(of_name) for name, of_name in data["edges"].items()}
        return cls(edges, tuple(data["means"]), data["is_probability"])


def fit_mean_table(
    frame: pl.DataFrame, outcome: Floats, bins: dict[str, int], *, is_probability: bool
) -> MeanTable:
    """The table of the groups that so many quantiles of each feature of `bins` make."""
    edges = {name: _edges(frame[name].to_numpy(), count) for name, count in bins.items()}
    place = groups(frame, edges)
    size = int(np.prod([len(of_name) + 1 for of_name in edges.values()]))
    counts = np.bincount(place, minlength=size)
    sums = np.bincount(place, weights=outcome, minlength=size)
    means = (sums + PRIOR_CUSTOMERS * outcome.mean()) / (counts + PRIOR_CUSTOMERS)
    return MeanTable(edges, tuple(map(float, means)), is_probability)


def _edges(values: Floats, count: int) -> tuple[float, ...]:
    """Where so many groups of equal size end, but for the last; none where nothing is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return ()
    return tuple(map(float, np.unique(np.quantile(known, np.arange(1, count) / count))))


def groups(frame: pl.DataFrame, edges: dict[str, tuple[float, ...]]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """The number of each customer's group; what is unknown is beyond the last edge."""
    place = np.zeros(frame.height, dtype=np.int64)
    for name, of_name in edges.items():
        place = place * (len(of_name) + 1) + np.searchsorted(of_name, frame[name].to_numpy(), side="left")
    return place
