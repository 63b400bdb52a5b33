"""Tonight's recommendations of everybody and of nobody in particular, and how well each way would have done.

Not here: whether anybody is contacted. These are products to put inside an action.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from regulars.models.recommendations.grading import GRADED_DAYS, GRADES, grades
from regulars.models.recommendations.purchases import (
    CUSTOMERS,
    Catalogue,
    catalogue_of,
    matrix,
    not_now,
    purchases_until,
)
from regulars.models.recommendations.ranking import WHY, Histories, Likeness, recommended
from regulars.models.recommendations.tables import TABLES
from regulars.store.sql import quoted
from regulars.warehouse.session import lent, transaction

if TYPE_CHECKING:
    from datetime import date

    import duckdb

# below, whoever wants to can look at all of them
LEAST_PRODUCTS = 50
COUNT = 5


def recommend(connection: "duckdb.DuckDBPyConnection") -> str:
    """Replace predictions.recommendations, popular_products and recommender; says in a line what came of it.

    Reads settings.night, staging.stg_products, marts.customers, intermediate.int_order_lines and
    int_customer_handles.
    """
    ((night,),) = connection.sql("select as_of_date from settings.night").fetchall()
    catalogue = catalogue_of(connection)
    customers = pl.DataFrame(connection.sql(CUSTOMERS))
    purchases = purchases_until(connection, night)
    offered = int(catalogue.is_offered.sum())
    off = _why_off(offered, purchases.height)
    picks, popular, graded = (
        _nothing() if off else _found(connection, catalogue, customers.height, purchases, night)
    )
    rows = picks.join(customers, on="customer_number", how="left", maintain_order="left")
    standing = graded.with_columns(
        as_of_date=pl.lit(night),
        status=pl.when(pl.lit(bool(off)))
        .then(pl.lit("off"))
        .when(pl.col("method") == "blend")
        .then(pl.lit("on"))
        .otherwise(pl.lit("compared")),
        reason=pl.lit(off or f"learned from {purchases.height} purchases of {offered} products on offer"),
        product_count=pl.lit(offered, dtype=pl.Int64),
    ).select(*TABLES["recommender"])
    lists = {"recommendations": rows, "popular_products": popular}
    named = {table: _named(found, catalogue, night).select(*TABLES[table]) for table, found in lists.items()}
    with lent(connection, **named, standing=standing), transaction(connection):
        for table in named:
            _write(connection, table, table)
        _write(connection, "recommender", "standing")
    return f"recommendations: {off or f'{rows.height} for {customers.height} customers'}"


def _why_off(offered: int, purchases: int) -> str:
    if offered < LEAST_PRODUCTS:
        return f"{offered} active products in stock; recommendations need {LEAST_PRODUCTS}"
    return "" if purchases else "no purchase names a product of the catalogue"


def _named(picks: pl.DataFrame, catalogue: Catalogue, night: "date") -> pl.DataFrame:
    """Picks with the names of their products, and why they were picked, in the same order."""
    products = catalogue.products.select("product_number", "source", "product_ref")
    return picks.join(products, on="product_number", how="left", maintain_order="left").with_columns(
        as_of_date=pl.lit(night),
        why=pl.col("part").replace_strict(dict(enumerate(WHY)), return_dtype=pl.String),
    )


def _nothing() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    picks = pl.DataFrame(
        schema={"customer_number": pl.Int64, "rank": pl.Int64, "product_number": pl.Int64}
        | {"score": pl.Float64, "part": pl.Int64}
    )
    return picks, picks, pl.DataFrame([{"method": "blend"}], schema=GRADES)


def _found(
    connection: "duckdb.DuckDBPyConnection",
    catalogue: Catalogue,
    customers: int,
    purchases: pl.DataFrame,
    night: "date",
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The picks of everybody, those of somebody of whom nothing is known, and the grades of each way."""

    def histories(pairs: pl.DataFrame, day: "date") -> Histories:
        return Histories(*(matrix(some, *shape) for some in (pairs, not_now(pairs, day))))

    shape, offered = (customers, catalogue.products.height), catalogue.is_offered
    known = histories(purchases, night)
    likeness = Likeness.of(known.bought, catalogue.products)
    picks = recommended(likeness, known, is_offered=offered, count=COUNT)
    popular = recommended(likeness, Histories.of_a_stranger(shape[1]), is_offered=offered, count=COUNT)
    then = night - timedelta(days=GRADED_DAYS)
    before = histories(purchases_until(connection, then), then)
    since = purchases.filter((pl.col("last_date") > then) & ~pl.col("is_returned"))
    likeness = Likeness.of(before.bought, catalogue.products)
    graded = grades(likeness, before, matrix(since, *shape), is_offered=offered, count=COUNT)
    standing = graded if graded.height else pl.DataFrame([{"method": "blend"}], schema=GRADES)
    return picks, popular, standing


def _write(connection: "duckdb.DuckDBPyConnection", table: str, frame: str) -> None:
    typed = ", ".join(f"{quoted(name)} {data_type}" for name, data_type in TABLES[table].items())
    connection.execute(f"create or replace table predictions.{table} ({typed})")
    connection.execute(f"insert into predictions.{table} by name select * from {frame}")
