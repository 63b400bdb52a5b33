"""What another policy would have won on the nights on which a draw decided, with intervals.

A draw counts for a policy where it fell on what the policy would have chosen, weighed by how unlikely that
was. SNIPS (Swaminathan, Joachims 2015) is the mean of these; the doubly robust estimate (Dudik, Langford, Li
2011) adds what is known of each action to the draws that fell elsewhere. A customer is drawn for on many
nights, so intervals are those of customers: normal, from the influence of each on the estimate.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

# of a normal distribution, 95 % lie within so many deviations of the mean
NORMAL = 1.96
# of about 120 the limits held 85 of 100 true values, of 240 and more 92 or more
LEAST_EFFECTIVE = 200
LEAST_REWARDED = 30
# an action drawn seldom is thought to be like all, as if that had been seen so often
PRIOR_DRAWS = 10
SET = ["as_of_date", "logged_id"]

Verdict = Literal["better", "worse", "not told apart", "incumbent", "refused"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value with the limits between which it lies with 95 % confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What draws say of a policy; everything measured is None where it is refused."""

    draw_count: int
    matched_count: int
    rewarded_count: int
    effective_sample_size: float
    snips: Interval | None
    doubly_robust: Interval | None
    difference: Interval | None
    verdict: Verdict
    reason: str


def evaluated(log: pl.DataFrame, candidate: str, incumbent: str) -> Evaluation:
    """What the policy that scores by column `candidate` would have won, beside that by `incumbent`.

    `log` has a row per chance: as_of_date, logged_id (whose chances these are that night), customer_id (who
    counts as one), action_id, channel, propensity, is_chosen (one of each set), reward (of the set) and the
    two scores. A policy chooses the highest score above 0, or 'none'.
    """
    if log.is_empty():
        return _refused((0, 0, 0, 0.0), "nobody was drawn whose days are over, so nothing can be told")
    ours, theirs = _sets(log, candidate), _sets(log, incumbent)
    weights = _weights(ours)
    matched = ours.filter(pl.Series(weights > 0))
    rewarded = matched.filter(pl.col("reward") > 0).height
    effective = float(weights.sum() ** 2 / max((weights**2).sum(), 1e-300))
    counts = (ours.height, matched.height, rewarded, effective)
    if reason := _unsupported(ours) or _too_few(rewarded, effective):
        return _refused(counts, reason)
    influence = _influence(ours, weights)
    difference = _interval(influence - _influence(theirs, _weights(theirs)), ours)
    verdict = _verdict(difference) if candidate != incumbent else "incumbent"
    return Evaluation(
        *counts,
        _snips(ours, weights),
        _interval(influence, ours),
        difference,
        verdict,
        _said(verdict),
    )


def _refused(counts: tuple[int, int, int, float], reason: str) -> Evaluation:
    return Evaluation(*counts, None, None, None, "refused", reason)


def _sets(log: pl.DataFrame, score: str) -> pl.DataFrame:
    """One row per night and customer: what was drawn, what the policy chooses, and the odds of both."""
    is_nothing = pl.col("action_id") == "none"
    chosen = (
        log.filter(is_nothing | (pl.col(score) > 0))
        .with_columns(rank=pl.when(is_nothing).then(0.0).otherwise(pl.col(score)))
        .sort(*SET, "rank", "action_id", "channel", descending=[False, False, True, False, False])
        .group_by(SET, maintain_order=True)
        .first()
        .select(*SET, wanted="action_id", wanted_channel="channel", wanted_odds="propensity")
    )
    drawn = log.filter("is_chosen").select(
        *SET, "customer_id", "action_id", "channel", "propensity", "reward"
    )
    return drawn.join(chosen, on=SET, how="inner").sort(SET)


def _weights(sets: pl.DataFrame) -> Floats:
    is_match = (pl.col("action_id") == pl.col("wanted")) & (pl.col("channel") == pl.col("wanted_channel"))
    weight = pl.when(is_match).then(1 / pl.col("propensity")).otherwise(0.0)
    return sets.select(weight.alias("weight"))["weight"].to_numpy()


def _unsupported(sets: pl.DataFrame) -> str:
    """Which choice of the policy could not have been drawn, if there is one."""
    missing = (
        sets.filter(pl.col("wanted_odds").fill_null(0) <= 0)
        .group_by("wanted", "wanted_channel")
        .len("nights")
        .sort("nights", "wanted", "wanted_channel", descending=[True, False, False])
    )
    if missing.is_empty():
        return ""
    action, channel, nights = missing.row(0)
    return (
        f"support is missing: it would have chosen {action} by {channel or 'no channel'} {nights:,} times"
        f" when no draw could fall on it, and in all {missing['nights'].sum():,} times of {sets.height:,}"
    )


def _too_few(rewarded: int, effective: float) -> str:
    if effective < LEAST_EFFECTIVE:
        return (
            f"too few draws fell on what it chooses: they tell as much as {effective:.0f} choices of its own"
            f" would, at least {LEAST_EFFECTIVE} are asked for"
        )
    if rewarded < LEAST_REWARDED:
        return (
            f"too few outcomes: {rewarded} draws on what it chooses won something,"
            f" at least {LEAST_REWARDED} are asked for"
        )
    return ""


def _influence(sets: pl.DataFrame, weights: Floats) -> Floats:
    """What each draw adds to the doubly robust estimate, which is their mean."""
    rewards = sets["reward"].cast(pl.Float64).to_numpy()
    wanted = _expected(sets, ["wanted", "wanted_channel"])
    drawn = _expected(sets, ["action_id", "channel"])
    return wanted + weights * (rewards - drawn)


def _expected(sets: pl.DataFrame, option: list[str]) -> Floats:
    """The mean reward of an option, told from the other half of the customers."""
    halved = sets.with_columns(half=pl.col("customer_id").rank("dense").cast(pl.Int64) % 2)
    means = (
        halved.group_by("half", "action_id", "channel")
        .agg(total=pl.col("reward").cast(pl.Float64).sum(), draws=pl.len())
        .with_columns(half=1 - pl.col("half"))
    )
    overall = halved.group_by("half").agg(mean=pl.col("reward").cast(pl.Float64).mean())
    overall = overall.with_columns(half=1 - pl.col("half"))
    found = (
        halved.select("half", pl.col(option[0]).alias("action_id"), pl.col(option[1]).alias("channel"))
        .join(means, on=["half", "action_id", "channel"], how="left", maintain_order="left")
        .join(overall, on="half", how="left", maintain_order="left")
        .with_columns(pl.col("total", "draws", "mean").fill_null(0))
    )
    expected = (pl.col("total") + PRIOR_DRAWS * pl.col("mean")) / (pl.col("draws") + PRIOR_DRAWS)
    return found.select(expected.alias("expected"))["expected"].to_numpy()


def _snips(sets: pl.DataFrame, weights: Floats) -> Interval:
    rewards = sets["reward"].cast(pl.Float64).to_numpy()
    mean = float((weights * rewards).sum() / weights.sum())
    return _interval(weights * (rewards - mean) / weights.mean() + mean, sets)


def _interval(influence: Floats, sets: pl.DataFrame) -> Interval:
    """The mean of what draws add, with limits as if each customer were one observation."""
    mean = float(influence.mean())
    by_customer = (
        pl.DataFrame({"customer_id": sets["customer_id"], "deviation": influence - mean})
        .group_by("customer_id", maintain_order=True)
        .agg(pl.col("deviation").sum())["deviation"]
        .to_numpy()
    )
    half = NORMAL * float(np.sqrt((by_customer**2).sum())) / len(influence)
    return Interval(mean, mean - half, mean + half)


def _verdict(difference: Interval) -> Verdict:
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "not told apart"


def _said(verdict: Verdict) -> str:
    return {
        "better": "even the lower limit of the difference is above 0",
        "worse": "even the upper limit of the difference is below 0",
        "not told apart": "the difference may be 0",
        "incumbent": "it decides now",
        "refused": "",
    }[verdict]
