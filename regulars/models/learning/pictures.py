"""What people look at to judge a model: predicted against what happened, whom it finds first, and drift."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from regulars.models.learning.grading import Floats, reliability

if TYPE_CHECKING:
    from regulars.models.learning.contest import Contest

SIZE_INCHES = (10, 4.2)
# of each panel below another
WIDTH_INCHES, PANEL_INCHES = 10, 1.9
GREY = "#999999"
# nights that would be at the edge of a picture, or alone in it
AROUND = timedelta(days=14)
# kind, and whether it is of the newest month end whose horizon is over, in words
PANELS = {
    ("inputs", False): "inputs: share of features\nbeyond their limits",
    ("scores", False): "scores: population\nstability index",
    ("outcomes", False): "outcomes: shift of what\nis overlooked in 28 days",
    ("outcomes", True): "outcomes: loss of a month\nthat is over, relative",
}


def picture(result: "Contest", title: str, *, is_probability: bool) -> bytes:
    """A PNG of two panels: ten groups by prediction, and the gains of every method.

    The same contest gives the same bytes.
    """
    drawn = _figure(SIZE_INCHES)
    groups, gains = drawn.subplots(1, 2)
    drawn.suptitle(title)
    _draw_groups(groups, result, is_probability=is_probability)
    _draw_gains(gains, result.outcome, {grade.method: grade.predicted for grade in result.grades})
    return _png(drawn)


def drift_picture(looks: pl.DataFrame, title: str) -> bytes:
    """A PNG of what was seen of one model night by night against its limits, a panel per kind.

    Columns: as_of_date, version, kind, subject, value, limit_value and is_alarm, of rows that have a limit
    for a whole model. The same looks give the same bytes.
    """
    told = looks.sort("as_of_date").with_columns(is_matured=pl.col("subject") == "matured")
    panels = {key: of for key in PANELS if (of := told.filter(kind=key[0], is_matured=key[1])).height}
    drawn = _figure((WIDTH_INCHES, 0.8 + PANEL_INCHES * len(panels)))
    drawn.suptitle(title)
    all_axes = drawn.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (key, of) in zip(all_axes, panels.items(), strict=True):
        _draw_looks(axes, of, PANELS[key])
    all_axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    all_axes[-1].set_xlabel("night")
    all_axes[-1].set_xlim(told["as_of_date"][0] - AROUND, told["as_of_date"][-1] + AROUND)
    drawn.align_ylabels()
    return _png(drawn)


def _figure(size_inches: tuple[float, float]) -> Any:  # noqa: ANN401 (untyped)
    import matplotlib as mpl  # noqa: PLC0415 (half a second, on nights with something to draw only)

    mpl.use("Agg")
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure(figsize=size_inches, layout="constrained")


def _png(drawn: Any) -> bytes:  # noqa: ANN401 (untyped)
    written = BytesIO()
    drawn.savefig(written, format="png", dpi=100, metadata={"Software": None})
    return written.getvalue()


def _draw_looks(axes: Any, looks: pl.DataFrame, label: str) -> None:  # noqa: ANN401 (untyped)
    """The values of one kind, their limits, the alarms, and from when another version was looked at."""
    nights, values = looks["as_of_date"].to_list(), looks["value"].to_list()
    limits = looks["limit_value"].to_list()
    axes.plot(nights, limits, color=GREY, linestyle="--", marker="_", drawstyle="steps-post", label="limit")
    axes.plot(nights, values, color="tab:blue", marker=".", label="seen")
    alarms = looks.filter("is_alarm")
    axes.plot(alarms["as_of_date"].to_list(), alarms["value"].to_list(), "o", color="tab:red", label="alarm")
    others = looks.filter(pl.col("version") != pl.col("version").shift())["as_of_date"]
    for number, night in enumerate(others):
        axes.axvline(
            night, color=GREY, linewidth=0.8, linestyle=":", label=None if number else "another version"
        )
    axes.set_ylim(0, 1.15 * max(*values, *limits))
    axes.set_ylabel(label, fontsize=9)
    axes.grid(axis="y", alpha=0.3)


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
