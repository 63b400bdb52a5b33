"""What people look at to judge a version: predicted against what happened, and whom a method finds first."""

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from regulars.models.learning.grading import Floats, reliability

if TYPE_CHECKING:
    from regulars.models.learning.contest import Contest

SIZE_INCHES = (10, 4.2)
GREY = "#999999"


def picture(result: "Contest", title: str, *, is_probability: bool) -> bytes:
    """A PNG of two panels: ten groups by prediction, and the gains of every method.

    The same contest gives the same bytes.
    """
    import matplotlib as mpl  # noqa: PLC0415 (half a second, on nights of training only)

    mpl.use("Agg")
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawn = Figure(figsize=SIZE_INCHES, layout="constrained")
    groups, gains = drawn.subplots(1, 2)
    drawn.suptitle(title)
    _draw_groups(groups, result, is_probability=is_probability)
    _draw_gains(gains, result.outcome, {grade.method: grade.predicted for grade in result.grades})
    written = BytesIO()
    drawn.savefig(written, format="png", dpi=100, metadata={"Software": None})
    return written.getvalue()


def _draw_groups(axes: Any, result: "Contest", *, is_probability: bool) -> None:  # noqa: ANN401 (untyped)
    """What was predicted of a tenth of the customers, and what came true of them."""
    of = reliability(result.outcome, result.grade(result.champion).predicted)
    numbers = np.arange(1, len(of.counts) + 1)
    axes.bar(numbers - 0.2, of.predicted, 0.4, label="predicted", color=GREY)
    axes.bar(numbers + 0.2, of.observed, 0.4, label="happened", color="tab:blue")
    axes.set(
        title=f"tenths of {len(result.outcome):,} customers, by {result.champion}",
        xlabel="from least to most",
        ylabel="share" if is_probability else "amount per customer",
        xticks=numbers,
    )
    axes.legend()


def _draw_gains(axes: Any, outcome: Floats, predicted: Mapping[str, Floats]) -> None:  # noqa: ANN401 (untyped)
    """How much of all that happened is with the customers whom a method puts first."""
    share = np.linspace(0, 1, 101)
    for method, scores in predicted.items():
        found = np.concatenate([[0.0], np.cumsum(outcome[np.argsort(-scores, kind="stable")])])
        places = (share * len(outcome)).astype(np.intp)
        axes.plot(share, found[places] / max(found[-1], 1e-9), label=method)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="at random")
    axes.set(title="gains", xlabel="share of customers, highest first", ylabel="share of what happened")
    axes.legend()
