"""Readings that stay true however often somebody looks: asymptotic confidence sequences.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic
confidence sequences, Annals of Statistics 52 (2024), arXiv 2103.06476, theorem 2.2 and, for the choice of
rho, appendix B.2. Not here: the estimate and its standard error.
"""

from math import inf, log, sqrt


def half_width(standard_error: float, units: int, *, planned_units: int, alpha: float) -> float:
    """How far the sequence reaches to either side of an estimate of `units` units with that standard error.

    It covers the truth at all looks together with probability 1 - `alpha`, once there are some hundreds of
    units. It is tightest at `planned_units`. Infinite of no units.
    """
    if units < 1:
        return inf
    scaled = units * _rho_squared(planned_units, alpha) + 1
    # the variance of one unit's share in the estimate is units * standard_error ** 2
    return standard_error * sqrt(2 * scaled / (scaled - 1) * log(sqrt(scaled) / alpha))


def _rho_squared(units: int, alpha: float) -> float:
    """The mixture's variance with which the sequence is tightest at `units`."""
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / max(units, 1)
