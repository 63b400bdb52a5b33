"""The tills' exports, of another vendor: receipts by line, and loyalty cards.

Semicolons, decimal commas, days first, and times of the head office in Chicago that do not say so. From the
day of the vendor's update on, `CardNo` is called `LoyaltyCardNumber`. A line that was returned is told again
with its `ReturnedQty`.
"""

import polars as pl

from regulars.simulation.export import Export, Reading
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems.cells import guarded, local_time, major_units
from regulars.simulation.world import World

HEAD_OFFICE = "America/Chicago"
CARD, CARD_AFTER_UPDATE = "CardNo", "LoyaltyCardNumber"


def exports(facts: DayFacts, world: World) -> tuple[Export, ...]:
    """The files that the tills drop at the end of a day."""
    receipts = _receipts(facts)
    if facts.day_number >= world.update_day:
        receipts = receipts.rename({CARD: CARD_AFTER_UPDATE})
    return (
        Export(
            "pos receipts",
            f"pos/receipts_{facts.day}.csv",
            receipts,
            (Reading("order_lines", unchanged="_is_unchanged"),),
            separator=";",
            row_ids="_row_id",
            is_written_empty=True,
        ),
        Export(
            "pos cards",
            f"pos/cards_{facts.day}.csv",
            _cards(facts.cards),
            (Reading("customers"),),
            separator=";",
        ),
    )


def _receipts(facts: DayFacts) -> pl.DataFrame:
    return _receipt_rows(facts).select(
        pl.col("order_id").cast(pl.String).alias("ReceiptNo"),
        local_time("at", HEAD_OFFICE, "%d.%m.%Y").alias("ReceiptDate"),
        local_time("at", HEAD_OFFICE, "%H:%M:%S").alias("ReceiptTime"),
        pl.col("store_number").cast(pl.String).alias("StoreNo"),
        pl.col("card_number").alias(CARD),
        pl.col("email").alias("CustomerMail"),
        pl.col("phone").alias("CustomerPhone"),
        pl.col("line_number").cast(pl.String).alias("LineNo"),
        pl.col("sku").alias("ArticleNo"),
        pl.col("title").alias("Article"),
        pl.col("quantity").cast(pl.String).alias("Qty"),
        major_units("unit_price_cents", ",").alias("UnitPrice"),
        major_units("line_discount_cents", ",").alias("LineDiscount"),
        major_units("line_cents", ",").alias("LineTotal"),
        pl.col("returned").cast(pl.String).alias("ReturnedQty"),
        pl.col("payment").alias("Tender"),
        (pl.col("order_id") * 64 + pl.col("line_number")).alias("_row_id"),
        (pl.col("is_again") & (pl.col("returned") == 0)).alias("_is_unchanged"),
    )


def _receipt_rows(facts: DayFacts) -> pl.DataFrame:
    """A row per line of today's receipts and of those that are told again, each in one version."""
    again = facts.orders_again.drop("refunded_cents").with_columns(is_again=pl.lit(value=True))
    today = facts.orders.join(again, on="order_id", how="anti").with_columns(is_again=pl.lit(value=False))
    orders = pl.concat([today, again]).filter(pl.col("place") == "pos")
    lines = pl.concat([facts.order_lines, facts.order_lines_again]).unique(
        ["order_id", "line_number"], keep="last", maintain_order=True
    )
    returned = facts.refund_lines.group_by("order_id", "line_number").agg(
        returned=pl.col("quantity").sum().cast(pl.Int32)
    )
    return (
        orders.join(
            lines.rename({"discount_cents": "line_discount_cents"}),
            on="order_id",
            maintain_order="left_right",
        )
        .join(returned, on=["order_id", "line_number"], how="left", maintain_order="left")
        .with_columns(
            pl.col("returned").fill_null(0),
            line_cents=pl.col("quantity") * pl.col("unit_price_cents") - pl.col("line_discount_cents"),
        )
    )


def _cards(cards: pl.DataFrame) -> pl.DataFrame:
    return cards.unique("card_number", keep="last", maintain_order=True).select(
        pl.col("card_number").alias("CardNo"),
        local_time("at", HEAD_OFFICE, "%d.%m.%Y %H:%M:%S").alias("LastChanged"),
        pl.col("first_name").alias("FirstName"),
        pl.col("last_name").alias("LastName"),
        pl.col("email").alias("Mail"),
        guarded("phone").alias("Phone"),
        pl.col("birth_date").dt.strftime("%d.%m.%Y").alias("BirthDate"),
        guarded("zip").alias("PostalCode"),
        pl.col("home_store").cast(pl.String).alias("HomeStore"),
    )
