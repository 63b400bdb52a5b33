"""Why a score is high or low: what each feature did to it, cheap enough for every customer of every night.

Path contributions (Saabas 2014): on her way through a tree a customer's expected score changes at every
split, and the change is the split feature's. Exact Shapley values cost some hundred times as much;
docs/models.md says how often both name the same features.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.models.learning.boosting import THREADS, Boosted
from regulars.models.learning.matrix import Matrix, matrix
from regulars.store.features import catalogue

# rows that are told in words at once, and rows whose contributions stay in a core's own cache
CHUNK, CACHED = 8192, 1024
REASONS = 3
NO_REASON = "nothing stands out"


@dataclass(frozen=True)
class Contributions:
    """What every leaf of every tree says that each feature did."""

    boosted: Boosted

    @cached_property
    def leaves(self) -> list[NDArray[np.float32]]:
        """Per tree an array of leaves by features."""
        dumped = self.boosted.booster.dump_model()["tree_info"]
        return [_of_tree(tree["tree_structure"], len(self.boosted.features)) for tree in dumped]

    def of(self, values: Matrix) -> NDArray[np.float32]:
        """One row per customer and one column per feature; with the mean they add up to the raw score."""
        reached = np.asarray(self.boosted.booster.predict(values, pred_leaf=True, num_threads=THREADS))
        reached = reached.reshape(len(values), -1).astype(np.intp)
        sums = np.zeros((len(values), len(self.boosted.features)), dtype=np.float32)
        for start in range(0, len(values), CACHED):
            rows = slice(start, start + CACHED)
            changed = np.empty_like(sums[rows])
            for table, leaves in zip(self.leaves, np.ascontiguousarray(reached[rows].T), strict=True):
                # no leaf is out of bounds, and only so is nothing copied twice
                np.take(table, leaves, axis=0, out=changed, mode="clip")
                sums[rows] += changed
        return sums


def _of_tree(root: dict[str, Any], width: int) -> NDArray[np.float32]:
    """The contributions of one tree's leaves."""
    found: dict[int, NDArray[np.float32]] = {}
    waiting = [(root, np.zeros(width, dtype=np.float32))]
    while waiting:
        node, so_far = waiting.pop()
        if "split_index" not in node:
            found[node.get("leaf_index", 0)] = so_far
            continue
        for child in (node["left_child"], node["right_child"]):
            changed = so_far.copy()
            changed[node["split_feature"]] += _value(child) - _value(node)
            waiting.append((child, changed))
    return np.stack([found[leaf] for leaf in range(len(found))])


def _value(node: dict[str, Any]) -> float:
    return float(node["internal_value"] if "split_index" in node else node["leaf_value"])


def in_words(boosted: Boosted, frame: pl.DataFrame) -> pl.DataFrame:
    """One row per customer of `frame`, in its order: raised_by and lowered_by, the strongest first.

    Features of a family are taken together, since they say one thing in several ways; the family's strongest
    feature speaks for it, with its value.
    """
    contributions, parts = Contributions(boosted), []
    for start in range(0, frame.height, CHUNK):
        values = matrix(frame[start : start + CHUNK], boosted.features)
        parts.append(_words(boosted.features, values, contributions.of(values)))
    empty = pl.DataFrame(schema={"raised_by": pl.String, "lowered_by": pl.String})
    return pl.concat([empty, *parts])


def _words(names: tuple[str, ...], values: Matrix, contributions: NDArray[np.float32]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            column: _strongest(names, values, sign * contributions)
            for column, sign in (("raised_by", np.float32(1)), ("lowered_by", np.float32(-1)))
        }
    )


def _strongest(names: tuple[str, ...], values: Matrix, contributions: NDArray[np.float32]) -> pl.Series:
    """What did most in one direction, per customer."""
    families = [catalogue()[name].family for name in names]
    columns = [
        [index for index, of_name in enumerate(families) if of_name == family]
        for family in dict.fromkeys(families)
    ]
    sums = np.stack([contributions[:, of_family].sum(axis=1) for of_family in columns], axis=1)
    speakers = np.stack(
        [np.take(of_family, contributions[:, of_family].argmax(axis=1)) for of_family in columns], axis=1
    )
    count = min(REASONS, len(columns))
    strongest = np.argsort(-sums, axis=1, kind="stable")[:, :count]
    rows = np.arange(len(values))[:, None]
    speaker = speakers[rows, strongest]
    said = _sentences(
        names, speaker.ravel(), values[rows, speaker].ravel(), (sums[rows, strongest] > 0).ravel()
    )
    of_rank = pl.DataFrame({f"rank_{rank}": said.gather_every(count, rank) for rank in range(count)})
    return (
        of_rank.select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True))
        .to_series()
        .replace("", NO_REASON)
    )


def _sentences(
    names: tuple[str, ...], speakers: NDArray[np.intp], values: NDArray[np.float32], counts: NDArray[np.bool_]
) -> pl.Series:
    """`days since last order: 74`; null where a feature did nothing in this direction."""
    value = pl.col("value").fill_nan(None)
    rounded = pl.when(value == value.round()).then(value).otherwise(value.round_sig_figs(4))
    whole = rounded.cast(pl.Int64, strict=False)
    number = pl.when(rounded == whole).then(whole.cast(pl.String)).otherwise(rounded.cast(pl.String))
    return (
        pl.DataFrame(
            {
                "name": pl.Series([_plain(name) for name in names]).gather(speakers),
                "value": values.astype(np.float64),
                "counts": counts,
            }
        )
        .select(pl.when("counts").then(pl.concat_str("name", pl.lit(": "), number.fill_null("unknown"))))
        .to_series()
    )


def _plain(name: str) -> str:
    """A feature in plain words: `order_count_90d` is `order count (90 days)`."""
    words = name.split("_")
    window = f" ({words.pop()[:-1]} days)" if words[-1][-1] == "d" and words[-1][:-1].isdigit() else ""
    return " ".join(words) + window
