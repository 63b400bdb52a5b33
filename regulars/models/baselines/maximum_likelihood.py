"""The parameters under which what was seen is likeliest; all are positive, so their logarithms are sought.

Not here: the likelihood of any model.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]

# a parameter that runs away stops here, where the likelihood hardly changes any more
LEAST, MOST = 1e-3, 1e3
# of the log likelihood per customer, in one unit of a parameter's logarithm
STEEPEST = 1e-4
# where two parameters grow together a search gets stuck, and gets on if it starts again where it ended
SEARCHES = 20
OPTIONS = {"ftol": 1e-15, "gtol": 1e-8, "maxcor": 20}


def maximise(objective: Objective, bounds: Sequence[tuple[float, float]]) -> Floats:
    """The parameters, each within its bounds, that maximise `objective`; the search starts with ones.

    Args:
        objective: From parameters to the log likelihood per customer and its derivatives by each of them.
        bounds: The least and the largest value of each parameter.

    Raises:
        ValueError: The search ends where the log likelihood still rises.
    """
    limits = np.log(bounds)

    def descent(logarithms: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logarithms)
        value, derivatives = objective(parameters)
        return -value, -derivatives * parameters

    logarithms = np.zeros(len(bounds))
    for _ in range(SEARCHES):
        found = minimize(descent, logarithms, jac=True, method="L-BFGS-B", bounds=limits, options=OPTIONS)
        logarithms = found.x
        # a slope that leads out of the bounds does not count
        slope = np.clip(logarithms - found.jac, *limits.T) - logarithms
        if np.abs(slope).max() < STEEPEST:
            return np.asarray(np.exp(logarithms), dtype=np.float64)
    at = ", ".join(f"{value:.4g}" for value in np.exp(logarithms))
    raise ValueError(
        f"the search for the likeliest parameters ended at {at}, where the log likelihood still rises "
        f"({found.message}); expected a maximum: look for outliers, or take more customers"
    )


def weighted_sum(weights: Floats, values: Floats) -> float:
    """The sum of the products.

    Not the operator `@`, whose threads wait for each other on a busy machine: 8 ms instead of 0.1 for 100,000
    values, and a sum that depends on how many they are.
    """
    return float((weights * values).sum())
