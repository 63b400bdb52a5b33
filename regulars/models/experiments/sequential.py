"""What stays true however often somebody looks: confidence sequences, and whether arms are as drawn.

Sources: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic
confidence sequences, Annals of Statistics 52 (2024), arXiv 2103.06476, theorem 2.2 and, for the choice of
rho, appendix B.2. Lindon, Malek: Anytime-valid inference for multinomial count data, NeurIPS 35 (2022), arXiv
2011.03567. Not here: the estimate and its standard error.
"""

from collections.abc import Mapping
from math import exp, inf, lgamma, log, sqrt

# below it arms are not what was drawn, and no difference between them is believed
MISMATCH_P = 0.001
# as many units weigh as much as the shares that were declared: more find small mismatches of many units
# sooner, fewer find large ones of few units sooner
_PRIOR_UNITS = 100


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


def sample_ratio_p(counted: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """A p-value of arms of `counted` units, had they been drawn with `shares`; 1 without units.

    With probability 1 - p at least it does not fall below p at any look, however many there are: it is the
    inverse of how much better the counts fit shares from a Dirichlet distribution around the declared ones.
    0 where an arm has units that was not declared.
    """
    if any(units and arm not in shares for arm, units in counted.items()):
        return 0.0
    whole, units = sum(shares.values()), sum(counted.values())
    evidence = lgamma(_PRIOR_UNITS) - lgamma(_PRIOR_UNITS + units)
    for arm, declared in shares.items():
        share, count = declared / whole, counted.get(arm, 0)
        prior = _PRIOR_UNITS * share
        evidence += lgamma(prior + count) - lgamma(prior) - count * log(share)
    return exp(min(0.0, -evidence))
