"""What moments of two arms say: difference, lift and intervals.

The statistics are tea-tasting's: Welch's test, CUPED from the days before exposure, the delta method for
ratio metrics, and its corrections for many comparisons. Importing it takes a second, so only a reading does.
Not here: which comparisons are made, and when they may be read (`states`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from statistics import NormalDist
from typing import Any

from regulars.models.experiments.outcomes import Metric, Moments
from regulars.models.experiments.sequential import half_width

# of fewer units per arm a normal approximation says nothing
FEWEST_UNITS = 30


@dataclass(frozen=True)
class Reading:
    """One metric of an arm beside its control's, both adjusted by what was known before exposure.

    Lift is relative to the control's mean; it and its interval are None where that mean is not above 0.
    `variance_reduction` is the share of the variance that CUPED took away.
    """

    mean: float
    control_mean: float
    difference: float
    difference_low: float
    difference_high: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    p: float
    sequential_low: float
    sequential_high: float
    variance_reduction: float

    def figures(self) -> dict[str, float | None]:
        """The figures as the columns of a table, to six decimals."""
        return {
            {"p": "p_value"}.get(name, name): None if value is None else round(value, 6)
            for name, value in asdict(self).items()
        }


def compare(  # noqa: PLR0913 (what is compared, and what was planned of it)
    control: Moments,
    treatment: Moments,
    metric: Metric,
    *,
    alpha: float,
    planned_units: int,
    treatments: int = 1,
) -> Reading | None:
    """What the arm brought beside the control; None where the metric has no value or never varied.

    Intervals hold with 1 - `alpha`: the fixed one of a single look, the sequential one of all looks and all
    `treatments` together; the latter is tightest at `planned_units`, of both arms. None too with fewer
    than FEWEST_UNITS in an arm.
    """
    if min(control.units, treatment.units) < FEWEST_UNITS or not _has_value(metric, control, treatment):
        return None
    covariates = _covariates(metric, control, treatment)
    arms = _aggregates(control, metric), _aggregates(treatment, metric)
    found = _mean(metric, alpha, covariates).analyze_aggregates(*arms)
    error = _standard_error(found, alpha)
    if not (isfinite(found.pvalue) and error > 0):
        return None
    plain = _mean(metric, alpha, (None, None)).analyze_aggregates(*arms)
    reach = half_width(
        error, control.units + treatment.units, planned_units=planned_units, alpha=alpha / treatments
    )
    has_lift = found.control > 0 and found.treatment > 0
    return Reading(
        mean=found.treatment,
        control_mean=found.control,
        difference=found.effect_size,
        difference_low=found.effect_size_ci_lower,
        difference_high=found.effect_size_ci_upper,
        lift=found.rel_effect_size if has_lift else None,
        lift_low=found.rel_effect_size_ci_lower if has_lift else None,
        lift_high=found.rel_effect_size_ci_upper if has_lift else None,
        p=float(found.pvalue),
        sequential_low=found.effect_size - reach,
        sequential_high=found.effect_size + reach,
        variance_reduction=1 - (error / _standard_error(plain, alpha)) ** 2,
    )


def adjusted(ps: Sequence[float], *, is_family: bool) -> list[float]:
    """P-values of comparisons that belong together, adjusted for their number, in the same order.

    Of a family the chance of any false finding is held (Holm), else the share of false ones among the
    findings (Benjamini and Hochberg).
    """
    if not ps:
        return []
    import tea_tasting as tt  # noqa: PLC0415 (a second to import)

    results = {"all": tt.experiment.ExperimentResult({index: {"pvalue": p} for index, p in enumerate(ps)})}
    found = (
        tt.adjust_fwer(results, arbitrary_dependence=True, method="bonferroni")
        if is_family
        else tt.adjust_fdr(results)
    )
    return [float(found["all"][index]["pvalue_adj"]) for index in range(len(ps))]


def in_words(  # noqa: PLR0913 (what is judged, and by what)
    reading: Reading | None,
    metric: Metric,
    *,
    p: float | None,
    alpha: float,
    is_final: bool,
    is_large: bool,
) -> str:
    """better, worse or unclear; of no reading no_outcomes, or too_few_units where it is not `is_large`.

    A final reading is judged by `p`, which is adjusted for what was compared with it; an earlier one by the
    sequential interval, because somebody looks every day.
    """
    if reading is None:
        return "no_outcomes" if is_large else "too_few_units"
    is_clear = (
        p is not None and p < alpha if is_final else reading.sequential_low > 0 or reading.sequential_high < 0
    )
    if not is_clear:
        return "unclear"
    return "better" if reading.difference * metric.better > 0 else "worse"


def _has_value(metric: Metric, *arms: Moments) -> bool:
    """Whether the metric's ratio exists in every arm, and its measure varies in any of them."""
    per = metric.per
    return all(per is None or arm.sums[per] > 0 for arm in arms) and any(
        arm.covariance(metric.measure, metric.measure) > 0 for arm in arms
    )


def _covariates(metric: Metric, *arms: Moments) -> tuple[str | None, str | None]:
    """The metric before exposure, or nothing where it did not vary or has no value then."""
    measure, per = f"{metric.measure}_before", metric.per and f"{metric.per}_before"
    is_there = all(
        arm.covariance(measure, measure) > 0 and (per is None or arm.sums[per] > 0) for arm in arms
    )
    return (measure, per) if is_there else (None, None)


def _mean(metric: Metric, alpha: float, covariates: tuple[str | None, str | None]) -> Any:  # noqa: ANN401 (tea-tasting publishes no types)
    import tea_tasting as tt  # noqa: PLC0415 (a second to import)

    return tt.RatioOfMeans(metric.measure, metric.per, *covariates, confidence_level=1 - alpha)


def _standard_error(found: Any, alpha: float) -> float:  # noqa: ANN401 (as above)
    """That of the difference; of few units a little more, because Student's interval is the wider one."""
    width = found.effect_size_ci_upper - found.effect_size_ci_lower
    return float(width / 2 / NormalDist().inv_cdf(1 - alpha / 2))


def _aggregates(moments: Moments, metric: Metric) -> Any:  # noqa: ANN401 (as above)
    """The metric's moments as tea-tasting takes them."""
    import tea_tasting as tt  # noqa: PLC0415 (a second to import)

    columns = [
        f"{part}{suffix}" for suffix in ("", "_before") for part in (metric.measure, metric.per) if part
    ]
    pairs = {(min(one, other), max(one, other)) for one in columns for other in columns if one != other}
    return tt.aggr.Aggregates(
        moments.units,
        {column: moments.mean(column) for column in columns},
        {column: moments.covariance(column, column) for column in columns},
        {pair: moments.covariance(*pair) for pair in pairs},
    )
