"""The products that suit each customer best, by three ways to tell and by the blend of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from regulars.models.recommendations.likeness import best, bought_together, chunks, of_a_kind

# collaborative, content and popular
BLEND: Final = (0.5, 0.3, 0.2)
# by what counts most
WHY: Final = (
    "People who like the same things often choose it.",
    "It is like things that you have bought.",
    "Many of our customers choose it.",
)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """What customers have bought, and what of all products is not for them now: both customers x products."""

    bought: sparse.csr_array
    not_now: sparse.csr_array

    @classmethod
    def of_a_stranger(cls, products: int) -> "Histories":
        """Of one person of whom nothing is known."""
        nothing = sparse.csr_array((1, products))
        return cls(nothing, nothing)

    def of(self, customers: "slice | NDArray[np.int64]") -> "Histories":
        """Those of some customers."""
        return Histories(self.bought[customers], self.not_now[customers])


@dataclass(frozen=True)
class Likeness:
    """What is known of products: neighbours by buyers, neighbours by kind, and how many buy each."""

    bought_together: sparse.csr_array
    of_a_kind: sparse.csr_array
    popularity: Floats

    @classmethod
    def of(cls, purchases: sparse.csr_array, products: pl.DataFrame) -> "Likeness":
        """Learned from `purchases`, customers x products, and from the products themselves."""
        buyers = np.asarray(purchases.sum(axis=0), dtype=np.float64).ravel()
        return cls(bought_together(purchases), of_a_kind(products), buyers / max(buyers.max(initial=0), 1))

    def parts(self, bought: sparse.csr_array, weights: tuple[float, float, float]) -> list[Floats]:
        """What each way says of the customers of `bought`, from 0 to its weight; the last of all alike."""
        return [
            *(
                _scaled((bought @ likeness).toarray(), weight)
                for likeness, weight in zip((self.bought_together, self.of_a_kind), weights, strict=False)
            ),
            weights[-1] * self.popularity[None, :],
        ]


def recommended(
    likeness: Likeness,
    histories: Histories,
    *,
    is_offered: NDArray[np.bool_],
    count: int,
    weights: tuple[float, float, float] = BLEND,
) -> pl.DataFrame:
    """The best `count` products of each customer, of those that are offered and not `not_now`.

    Gives customer_number, rank from 1, product_number, score from 0 to 1, part (the number of the way that
    counts most), ordered by customer and rank. Products of which nothing speaks are absent.
    """
    has_bought = np.diff(histories.bought.indptr) > 0
    known = np.flatnonzero(has_bought)
    found = [
        _of_chunk(likeness, histories.of(known[chunk]), is_offered, count, weights).with_columns(
            customer_number=pl.lit(known[chunk]).gather("customer_number")
        )
        for chunk in chunks(len(known), len(is_offered))
    ]
    others = np.flatnonzero(~has_bought)
    if len(others):
        # of whom nothing is known, all get the same
        alike = _of_chunk(likeness, histories.of(others[:1]), is_offered, count, weights)
        found.append(
            pl.DataFrame({"customer_number": others}).join(alike.drop("customer_number"), how="cross")
        )
    return pl.concat(found).sort("customer_number", "rank")


def _of_chunk(
    likeness: Likeness,
    histories: Histories,
    is_offered: NDArray[np.bool_],
    count: int,
    weights: tuple[float, float, float],
) -> pl.DataFrame:
    parts = likeness.parts(histories.bought, weights)
    scores = parts[0] + parts[1]
    scores += parts[2]
    scores[:, ~is_offered] = 0
    refused = histories.not_now.tocoo()
    scores[refused.coords] = 0
    picked = best(scores, count)
    customers, ranks = np.indices(picked.shape)
    rows = customers.ravel(), picked.ravel()
    part = np.argmax(np.stack([parts[0][rows], parts[1][rows], parts[2][0, rows[1]]]), axis=0)
    return pl.DataFrame(
        {
            "customer_number": rows[0],
            "rank": ranks.ravel() + 1,
            "product_number": rows[1],
            "score": np.round(scores[rows], 6),
            "part": part,
        }
    ).filter(pl.col("score") > 0)


def _scaled(scores: Floats, weight: float) -> Floats:
    """Each row so that its largest is the weight."""
    largest = scores.max(axis=1, keepdims=True, initial=0)
    scores *= weight / np.where(largest > 0, largest, 1)
    return scores
