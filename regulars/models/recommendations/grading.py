"""How well each way would have told what people bought next: learned before a day, graded after it."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from regulars.models.recommendations.ranking import BLEND, Histories, Likeness, recommended

GRADED_DAYS = 30
# enough for an interval of a point or two
GRADED_CUSTOMERS = 2000
RESAMPLES = 500
SEED = 7
METHODS = {
    "collaborative": (1.0, 0.0, 0.0),
    "content": (0.0, 1.0, 0.0),
    "popular": (0.0, 0.0, 1.0),
    "blend": BLEND,
}
GRADES = pl.Schema(
    {
        "method": pl.String(),
        "customer_count": pl.Int64(),
        **{f"{metric}{end}": pl.Float64() for metric in ("recall", "ndcg") for end in ("", "_low", "_high")},
    }
)
Floats = NDArray[np.float64]


def grades(
    likeness: Likeness,
    known: Histories,
    bought_next: sparse.csr_array,
    *,
    is_offered: NDArray[np.bool_],
    count: int,
) -> pl.DataFrame:
    """One row per method: recall and NDCG at `count`, with 95 % limits by bootstrap over customers.

    Graded are customers who had bought before, on what they bought next that could have been recommended;
    no row where there are none.
    """
    possible = bought_next - bought_next.multiply(known.not_now)
    possible = sparse.csr_array(possible.multiply(is_offered[None, :]))
    possible.eliminate_zeros()
    some = np.flatnonzero((np.diff(possible.indptr) > 0) & (np.diff(known.bought.indptr) > 0))
    some = some[:: max(-(-len(some) // GRADED_CUSTOMERS), 1)]
    if not len(some):
        return pl.DataFrame(schema=GRADES)
    truth, asked = possible[some].toarray() > 0, known.of(some)
    rows = []
    for method, weights in METHODS.items():
        found = recommended(likeness, asked, is_offered=is_offered, count=count, weights=weights)
        recall, ndcg = _of_customers(found, truth, count)
        rows.append(
            {"method": method, "customer_count": len(some)}
            | _with_limits("recall", recall)
            | _with_limits("ndcg", ndcg)
        )
    return pl.DataFrame(rows, schema=GRADES)


def _of_customers(found: pl.DataFrame, truth: NDArray[np.bool_], count: int) -> tuple[Floats, Floats]:
    """Recall and NDCG (Jarvelin and Kekalainen 2002) of each customer."""
    customers, ranks = found["customer_number"].to_numpy(), found["rank"].to_numpy()
    is_hit = truth[customers, found["product_number"].to_numpy()]
    wanted = np.minimum(truth.sum(axis=1), count)
    hits = np.bincount(customers, is_hit, minlength=len(truth))
    discount = 1 / np.log2(np.arange(2, count + 2))
    gained = np.bincount(customers, is_hit * discount[ranks - 1], minlength=len(truth))
    return hits / truth.sum(axis=1), gained / np.cumsum(discount)[wanted - 1]


def _with_limits(metric: str, values: Floats) -> dict[str, float]:
    drawn = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    names = (metric, f"{metric}_low", f"{metric}_high")
    figures = (float(values.mean()), float(low), float(high))
    return {name: round(value, 6) for name, value in zip(names, figures, strict=True)}
