"""Gradient-boosted trees, guarded against what LightGBM takes without a word.

LightGBM is imported when it is needed: it takes a second, and a store whose history is too short never does.
`OMP_WAIT_POLICY=passive` is set before, because threads that wait busily make training beside other work
several times slower.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

import numpy as np

from regulars.models.learning.grading import Floats
from regulars.models.learning.matrix import Matrix

if TYPE_CHECKING:
    import lightgbm

# parameters of trees by LightGBM's names, other than the usual ones
Parameters = Mapping[str, float]
USUAL: Parameters = MappingProxyType({})
SEED = 20
THREADS = 2
MOST_TREES = 300
STOP_AFTER = 20
PARAMETERS = {
    "num_leaves": 31,
    "learning_rate": 0.08,
    "min_data_in_leaf": 60,
    "max_bin": 63,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": THREADS,
    "seed": SEED,
    "verbosity": -1,
}


@cache
def _lightgbm() -> ModuleType:
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import lightgbm  # noqa: PLC0415

    return lightgbm


@dataclass(frozen=True)
class Boosted:
    """Trees, and the features that they ask for, in their order."""

    features: tuple[str, ...]
    text: str

    @cached_property
    def booster(self) -> "lightgbm.Booster":
        """The trees as LightGBM reads them."""
        booster: lightgbm.Booster = _lightgbm().Booster(model_str=self.text)
        return booster

    def raw(self, values: Matrix) -> Floats:
        """Raw scores: log-odds, or what the trees were told to predict."""
        return np.asarray(self.booster.predict(values, raw_score=True, num_threads=THREADS))


def boost(  # noqa: PLR0913 (two frames of two parts each)
    values: Matrix,
    outcome: Floats,
    *,
    choosing_values: Matrix,
    choosing_outcome: Floats,
    features: Sequence[str],
    objective: str,
    parameters: Parameters = USUAL,
) -> Boosted:
    """Trees that predict `outcome`, as many as predict best for the customers to choose by.

    `parameters` are those other than the usual ones.

    Raises:
        ValueError: There is only one outcome, or one that is no number, or a column more or less.
    """
    for part, (rows, told) in {
        "learning": (values, outcome),
        "choosing": (choosing_values, choosing_outcome),
    }.items():
        if rows.shape != (len(told), len(features)):
            raise ValueError(
                f"{part}: {rows.shape[0]} rows of {rows.shape[1]} columns;"
                f" expected {len(told)} of {len(features)}"
            )
        if not np.isfinite(told).all():
            raise ValueError(f"{part}: {(~np.isfinite(told)).sum()} outcomes are no number")
        if len(np.unique(told)) < 2:  # noqa: PLR2004 (two are needed to tell apart)
            raise ValueError(f"{part}: every one of {len(told)} outcomes is {told[:1].tolist()}")
    lightgbm = _lightgbm()
    learned = lightgbm.Dataset(values, outcome, feature_name=list(features))
    booster = lightgbm.train(
        PARAMETERS | dict(parameters) | {"objective": objective},
        learned,
        MOST_TREES,
        valid_sets=[learned.create_valid(choosing_values, choosing_outcome)],
        callbacks=[lightgbm.early_stopping(STOP_AFTER, verbose=False)],
    )
    return Boosted(tuple(features), booster.model_to_string(num_iteration=booster.best_iteration))


def mean_loss(objective: str, outcome: Floats, raw: Floats) -> float:
    """The mean loss of raw scores: log loss of log-odds for `binary`, else squared errors."""
    losses = np.logaddexp(0, raw) - outcome * raw if objective == "binary" else (raw - outcome) ** 2
    return float(losses.mean())
