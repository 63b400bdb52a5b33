"""How alike products are: because the same people buy them, and because of what they are.

Item to item, cosine, of each product the nearest only; chunk by chunk, so that memory does not grow with the
square of the catalogue.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

NEIGHBOURS = 50
# of a dense chunk, in cells
CHUNK = 8_000_000
# two products that three people share are not as alike as the cosine says
SHRINKAGE = 10
PRICE_BANDS = 5
# exact enough to tell scores apart, coarse enough that no machine's rounding does
DIGITS = 1_000_000


def bought_together(purchases: sparse.csr_array) -> sparse.csr_array:
    """Products x products: cosine of their buyers, shrunk towards 0 where few have bought both."""
    buyers = np.asarray(purchases.sum(axis=0)).ravel()
    norm = np.sqrt(np.maximum(buyers, 1))
    by_product = sparse.csr_array(purchases.T)

    def cosine(rows: slice) -> NDArray[np.float64]:
        both = (by_product[rows] @ purchases).toarray()
        return np.asarray(both / (norm[rows, None] * norm[None, :] + SHRINKAGE))

    return _nearest(len(buyers), cosine)


def of_a_kind(products: pl.DataFrame) -> sparse.csr_array:
    """Products x products: cosine of category, brand and price band, each one as much as another."""
    price = pl.col("price")
    bands = products.select(
        "category",
        "brand",
        band=((price.rank("ordinal").over("category") - 1) * PRICE_BANDS // price.count().over("category")),
    )
    parts = [_one_hot(bands[name]) for name in ("category", "brand", "band")]
    features = sparse.csr_array(sparse.hstack(parts))
    norm = np.sqrt(np.maximum(np.asarray(features.sum(axis=1)).ravel(), 1))
    across = sparse.csr_array(features.T)

    def cosine(rows: slice) -> NDArray[np.float64]:
        return np.asarray((features[rows] @ across).toarray() / (norm[rows, None] * norm[None, :]))

    return _nearest(products.height, cosine)


def best(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Of each row the columns with the highest scores, best first; of equals the first column."""
    width = scores.shape[1]
    # whole numbers, so that no two are the same
    keys = np.rint(scores * DIGITS)
    keys *= width
    keys += np.arange(width - 1, -1, -1)
    count = min(count, width)
    found = np.argpartition(keys, width - count, axis=1)[:, width - count :]
    order = np.argsort(-np.take_along_axis(keys, found, axis=1), axis=1)
    return np.take_along_axis(found, order, axis=1)


def chunks(rows: int, width: int) -> list[slice]:
    """Slices of `rows` that are `width` wide and fit into a chunk each."""
    step = max(CHUNK // max(width, 1), 1)
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _one_hot(values: pl.Series) -> sparse.csr_array:
    """Rows x values; none of a row without a value."""
    codes = values.cast(pl.String).rank("dense").cast(pl.Int64)
    known = codes.is_not_null().to_numpy()
    columns = codes.drop_nulls().to_numpy() - 1
    width = int(columns.max()) + 1 if len(columns) else 1
    places = np.flatnonzero(known), columns
    return sparse.csr_array((np.ones(len(columns)), places), shape=(len(values), width))


def _nearest(products: int, cosine: Callable[[slice], NDArray[np.float64]]) -> sparse.csr_array:
    rows, columns, values = [], [], []
    for chunk in chunks(products, products):
        likeness = cosine(chunk)
        numbers = np.arange(chunk.start, chunk.stop)
        likeness[np.arange(len(numbers)), numbers] = 0
        found = best(likeness, NEIGHBOURS)
        rows.append(np.repeat(numbers, found.shape[1]))
        columns.append(found.ravel())
        values.append(np.take_along_axis(likeness, found, axis=1).ravel())
    nearest = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    together = sparse.csr_array(nearest, shape=(products, products))
    together.eliminate_zeros()
    return together
