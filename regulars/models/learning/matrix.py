"""Features as a matrix: which of the catalogue may enter, and as what numbers."""

import hashlib
from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.store.errors import UserError, nearest
from regulars.store.features import Context, catalogue, features, what_forbids

Matrix = NDArray[np.float32]


def usable(contexts: Collection[Context], named: Sequence[str] = ()) -> tuple[str, ...]:
    """The features that every model may learn from, of those `named` or, if none are, of all customers'.

    A feature must be a number, be known at the time, and be of a context that the store allows.

    Raises:
        UserError: One of those named does not exist, or may not enter.
    """
    for name in named:
        if name not in catalogue():
            raise UserError(f"training.features: there is no feature '{name}'; {nearest(name, catalogue())}")
        if why := what_forbids(catalogue()[name], contexts):
            raise UserError(
                f"training.features: '{name}' may not enter a model: {why}",
                remedy="leave it out, or allow its context in training.contexts",
            )
    if named:
        return tuple(name for name in named if name in features())
    return usable_own(features(), contexts)


def usable_own(
    own: Collection[str], contexts: Collection[Context], named: Collection[str] = ()
) -> tuple[str, ...]:
    """Those of a model's `own` features that it may learn from; only `named` ones, if any are."""
    return tuple(
        name for name in own if not what_forbids(catalogue()[name], contexts) and (not named or name in named)
    )


def matrix(frame: pl.DataFrame, names: Sequence[str]) -> Matrix:
    """One row per customer and one column per name; what is unknown, or infinite, is not a number."""
    values = np.array(frame.select(names).to_numpy(), dtype=np.float32, order="C")
    values[np.isinf(values)] = np.nan
    return values


def infinite(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, int]:
    """The names of which values are infinite, and for how many customers."""
    counts = frame.select(pl.col(name).is_infinite().sum() for name in names).row(0)
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def varying(values: Matrix, names: Sequence[str]) -> tuple[str, ...]:
    """The names whose column holds at least two different values; the others teach nothing."""
    with np.errstate(all="ignore"):
        smallest, largest = (
            np.fmin.reduce(values, axis=0, initial=np.nan),
            np.fmax.reduce(values, axis=0, initial=np.nan),
        )
    missing = np.isnan(values)
    differs = (largest > smallest) | (missing.any(axis=0) & ~missing.all(axis=0))
    return tuple(name for name, does in zip(names, differs, strict=True) if does)


def features_hash(names: Sequence[str]) -> str:
    """A short name of a list of features and what each is, whatever its words; their order counts."""
    known = [catalogue()[name] for name in names]
    told = "\n".join(f"{of.name} {of.data_type} {of.context} {of.is_point_in_time}" for of in known)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
