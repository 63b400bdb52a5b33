"""What was bought and what can be bought, as numbered pairs and products."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from regulars.store.channels import ADDRESS_PATTERNS
from regulars.store.sql import date_literal, literal

if TYPE_CHECKING:
    import duckdb

# what was bought longer ago says little of tonight
REMEMBERED_DAYS = 730
# of whoever buys for others, the newest
MOST_PRODUCTS = 100
# a product that so many of its buyers buy again is used up; any other rests after it was bought
REPLENISHED_SHARE = 0.2
REST_DAYS = 180

# a shop and its tills know the same products; what one of them does not sell is not offered, nor what could
# break a machine's file
PRODUCTS = f"""
select
    row_number() over (order by product_ref, min(source)) - 1 as product_number,
    min(source) as source,
    product_ref,
    list(source) as sources,
    min(category) as category,
    min(brand) as brand,
    cast(max(price_amount) as double) as price,
    bool_and(coalesce(is_active, true) and coalesce(stock_quantity, 1) > 0)
        and regexp_full_match(product_ref, {literal(ADDRESS_PATTERNS["customer_ref"])}) as is_offered
from staging.stg_products
group by product_ref, lower(trim(product_name))
order by product_number
"""
CUSTOMERS = """
select row_number() over (order by customer_id) - 1 as customer_number, customer_id
from marts.customers
order by customer_number
"""
PURCHASES = f"""
select
    customers.customer_number,
    products.product_number,
    min(lines.line_date) as first_date,
    max(lines.line_date) as last_date,
    count(distinct lines.line_date) as day_count,
    bool_or(lines.returned_quantity > 0) as is_returned
from intermediate.int_order_lines as lines
inner join intermediate.int_customer_handles as handles on lines.handle_id = handles.handle_id
inner join ({CUSTOMERS}) as customers on handles.customer_id = customers.customer_id
inner join ({PRODUCTS}) as products
    on list_contains(products.sources, lines.source) and lines.product_ref = products.product_ref
where lines.line_date > {{until}} - {REMEMBERED_DAYS} and lines.line_date <= {{until}}
group by customers.customer_number, products.product_number
qualify row_number() over (
    partition by customers.customer_number order by max(lines.line_date) desc, products.product_number
) <= {MOST_PRODUCTS}
order by all
"""


@dataclass(frozen=True)
class Catalogue:
    """The products, in the order of their numbers, with is_offered: active, and not out of stock."""

    products: pl.DataFrame

    @property
    def is_offered(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each may be recommended."""
        return self.products["is_offered"].to_numpy()


def catalogue_of(connection: "duckdb.DuckDBPyConnection") -> Catalogue:
    """Every product once: the same product_ref and name are the same. Reads staging.stg_products."""
    return Catalogue(pl.DataFrame(connection.sql(PRODUCTS)).drop("sources"))


def purchases_until(connection: "duckdb.DuckDBPyConnection", day: date) -> pl.DataFrame:
    """Who had bought what in the two years until `day`: one row per customer and product, by their numbers.

    Columns: customer_number (of marts.customers by id), product_number, first_date, last_date, day_count,
    is_returned. Reads intermediate.int_order_lines and int_customer_handles, marts.customers and
    staging.stg_products.
    """
    return pl.DataFrame(connection.sql(PURCHASES.format(until=date_literal(day))))


def not_now(purchases: pl.DataFrame, day: date) -> pl.DataFrame:
    """Pairs that are not recommended on `day`: returned, or had, unless it is used up by now.

    A product is used up after the usual gap between purchases, if enough of its buyers buy it again.
    """
    again = pl.col("day_count") > 1
    gap = (pl.col("last_date") - pl.col("first_date")).dt.total_days() / (pl.col("day_count") - 1)
    usual = purchases.group_by("product_number").agg(
        is_used_up=again.mean() >= REPLENISHED_SHARE, gap_days=gap.filter(again).median()
    )
    age = (pl.lit(day) - pl.col("last_date")).dt.total_days()
    rest = pl.when("is_used_up").then("gap_days").otherwise(REST_DAYS)
    return (
        purchases.join(usual, on="product_number", how="left", maintain_order="left")
        .filter(pl.col("is_returned") | (age < rest))
        .select("customer_number", "product_number")
    )


def matrix(pairs: pl.DataFrame, customers: int, products: int) -> sparse.csr_array:
    """Customers x products with a 1 for each of `pairs`."""
    places = pairs["customer_number"].to_numpy(), pairs["product_number"].to_numpy()
    return sparse.csr_array((np.ones(pairs.height), places), shape=(customers, products))
