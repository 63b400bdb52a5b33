"""Whom nobody may write to: by a channel or at all, whatever she said and whatever the message is for."""

from typing import TYPE_CHECKING

import polars as pl

from regulars.models.decisions.reason_codes import CODES, Reason, Stage, coded

if TYPE_CHECKING:
    import duckdb

# by any identifier of hers, and by an address that she shares with others
SUPPRESSED = """
with

listed as (

    select suppressions.*
    from settings.suppressions as suppressions
    inner join settings.night as night
        on coalesce(suppressions.since_date, night.as_of_date) <= night.as_of_date

)

select identifiers.customer_id, listed.channel
from listed
inner join marts.customer_identifiers as identifiers
    on listed.identifier_kind = identifiers.identifier_kind
    and listed.source = identifiers.source
    and listed.identifier = identifiers.identifier
union
select customers.customer_id, listed.channel
from listed
inner join marts.customers as customers
    on listed.identifier_kind = 'email' and listed.identifier = lower(customers.email)
union
select customers.customer_id, listed.channel
from listed
inner join marts.customers as customers
    on listed.identifier_kind = 'phone' and listed.identifier = customers.phone
"""

SUPPRESSED_CUSTOMERS = f"insert into decisions.suppressed_customers by name from ({SUPPRESSED}) order by all"


def suppressed_customers(connection: "duckdb.DuckDBPyConnection") -> pl.DataFrame:
    """Who is on a suppression list: customer_id and channel, which is null where it is all channels.

    Reads settings.suppressions, settings.night, marts.customers and marts.customer_identifiers.
    """
    return pl.DataFrame(connection.sql(f"from ({SUPPRESSED}) order by all"))


def stop_suppressed(candidates: pl.LazyFrame, suppressed: pl.DataFrame) -> pl.LazyFrame:
    """Stop candidates of whoever is on a list for their channel or for all."""
    if suppressed.is_empty():
        return candidates.with_columns(pl.lit(None, dtype=CODES).alias(Stage.SUPPRESSION))
    is_listed = pl.lit(value=True)
    everywhere = suppressed.lazy().filter(pl.col("channel").is_null()).select("customer_id")
    by_channel = suppressed.lazy().filter(pl.col("channel").is_not_null())
    return (
        candidates.join(
            everywhere.with_columns(is_out=is_listed), on="customer_id", how="left", maintain_order="left"
        )
        .join(
            by_channel.with_columns(is_out_here=is_listed),
            on=["customer_id", "channel"],
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.when(pl.coalesce("is_out", "is_out_here"))
            .then(coded(Reason.SUPPRESSED))
            .alias(Stage.SUPPRESSION)
        )
        .drop("is_out", "is_out_here")
    )
