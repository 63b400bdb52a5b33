"""Chance, so that we learn what an action brings: for a few customers a draw decides instead of the score.

Who is left to chance is drawn for a month, and every night which of the candidates that nothing stops she
gets, or nothing, each as likely. What came of it says what an action brings beside nothing, because nobody
chose; and what another policy would have brought. Draws are hashes of the customer and the day, so that a
night that is run again draws the same.
"""

from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from regulars.models.decisions.limits import Limits
from regulars.store.sql import draw_sql, literal

if TYPE_CHECKING:
    from datetime import date

    import duckdb

EXPLORERS = pl.Schema({"customer_id": pl.String(), "draw": pl.Float64(), "place": pl.Float64()})


def explorers(
    connection: "duckdb.DuckDBPyConnection", share: Decimal, night: "date", *, apart: pl.DataFrame
) -> pl.DataFrame:
    """Who is left to chance in the month of `night`: customer_id and two numbers of the night in [0, 1).

    `draw` says what she gets, `place` who comes first where a limit binds. `apart` has the customer_id of
    those who are left out of it, because their group is compared with everybody else.
    """
    month = night.replace(day=1)
    drawn = pl.DataFrame(
        connection.sql(
            f"""
            select
                customer_id,
                {draw_sql(literal(f"gets {night}"), "customer_id")} as draw,
                {draw_sql(literal(f"place {night}"), "customer_id")} as place
            from marts.customers
            where {draw_sql(literal(f"explores {month}"), "customer_id")} < {share}
            order by customer_id
            """
        )
    ).match_to_schema(EXPLORERS)
    return drawn.join(apart, on="customer_id", how="anti", maintain_order="left")


def draw(candidates: pl.DataFrame, drawn: pl.DataFrame, limits: Limits, share: Decimal) -> pl.DataFrame:
    """Adds is_explorer, is_drawn, is_admitted and propensity to candidates with is_passing, in their order.

    All may be drawn that pass, and nothing. Of each limit of the night explorers use no more than `share`,
    rounded up: who comes later gets nothing. `propensity` is the probability with which the candidate was
    chosen; it is null of who is no explorer.
    """
    passing = pl.col("is_passing").cast(pl.Int32)
    placed = (
        candidates.join(drawn, on="customer_id", how="left", maintain_order="left")
        .with_columns(
            is_explorer=pl.col("draw").is_not_null(),
            position=passing.cum_sum().over("customer_id"),
            chances=passing.sum().over("customer_id") + 1,
        )
        .with_columns(
            is_drawn=pl.col("is_explorer")
            & pl.col("is_passing")
            & (pl.col("position") == (pl.col("draw") * pl.col("chances")).floor())
        )
    )
    admitted = _admitted(placed, limits, share)
    admission = admitted.group_by("option_number").agg(admission=pl.col("is_admitted").mean())
    return (
        placed.join(
            admitted.select("customer_id", "option_number", "is_admitted"),
            on=["customer_id", "option_number"],
            how="left",
            maintain_order="left",
        )
        .join(admission, on="option_number", how="left", maintain_order="left")
        .with_columns(
            pl.col("is_drawn").fill_null(value=False),
            pl.col("is_admitted").fill_null(value=False),
            propensity=pl.when("is_explorer").then(
                pl.when("is_passing")
                .then((pl.col("admission").fill_null(1.0) / pl.col("chances")).round(12))
                .otherwise(0.0)
            ),
        )
        .drop("draw", "place", "position", "chances", "admission")
    )


def _admitted(placed: pl.DataFrame, limits: Limits, share: Decimal) -> pl.DataFrame:
    """Who was drawn, with is_admitted: whether her limits hold all who come before her, and her."""
    picks = placed.filter("is_drawn").sort("place", "customer_id")
    uses = limits.uses[picks["option_number"].cast(pl.Int64).to_numpy()]
    allowed = np.array([ceil(share * int(limit)) for limit in limits.allowed], dtype=np.int64)
    fits = ((np.cumsum(uses, axis=0) <= allowed) | (uses == 0)).all(axis=1)
    return picks.with_columns(is_admitted=pl.Series(fits, dtype=pl.Boolean))
