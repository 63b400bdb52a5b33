from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from regulars.simulation.facts import DayFacts
from regulars.simulation.systems import write_day
from tests.unit.simulation.systems.conftest import CLEAN

Cells = Callable[..., pl.DataFrame]
RECEIPTS = "pos/receipts_2024-01-08.csv"


def test_amounts_have_a_decimal_comma_and_sum_up_to_the_facts(cells: Cells, facts: DayFacts) -> None:
    total = cells(RECEIPTS, ";")["LineTotal"].str.replace(",", ".", literal=True).cast(pl.Float64).sum()
    sold = pl.concat([facts.orders, facts.orders_again.drop("refunded_cents")]).filter(
        pl.col("place") == "pos"
    )
    lines = pl.concat([facts.order_lines, facts.order_lines_again]).join(sold, on="order_id", how="semi")
    cents = lines.select(pl.col("quantity") * pl.col("unit_price_cents") - pl.col("discount_cents"))
    assert round(total * 100) == cents.to_series().sum()


def test_times_are_those_of_head_office_without_saying_so(cells: Cells) -> None:
    first = cells(RECEIPTS, ";").row(0, named=True)
    assert (first["ReceiptDate"], first["ReceiptTime"]) == ("07.01.2024", "23:00:17")


def test_the_vendors_update_renames_the_card_column(tmp_path: Path, facts: DayFacts) -> None:
    for day_number, name in ((CLEAN.update_day - 1, "CardNo"), (CLEAN.update_day, "LoyaltyCardNumber")):
        folder = tmp_path / str(day_number) / "exports"
        write_day(replace(facts, day_number=day_number), CLEAN, folder)
        header = (folder / RECEIPTS).read_text("utf-8").split("\n", 1)[0].split(";")
        assert header[4] == name


def test_a_returned_line_is_told_again_with_what_came_back(cells: Cells, facts: DayFacts) -> None:
    back = cells(RECEIPTS, ";").filter(pl.col("ReturnedQty") != "0")
    returned = facts.refund_lines.join(facts.orders_again, on="order_id").filter(pl.col("place") == "pos")
    assert sorted(back["ReceiptNo"]) == sorted(returned["order_id"].cast(pl.String))
    assert set(back["LineNo"]) == {"1"}
