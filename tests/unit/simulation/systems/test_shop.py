from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from regulars.simulation.facts import DayFacts
from regulars.simulation.simulate import simulate
from regulars.simulation.systems import write_day
from regulars.simulation.world import World
from tests.made_up_days import REFUND_AFTER_DAYS
from tests.unit.simulation.systems.conftest import CLEAN

Cells = Callable[..., pl.DataFrame]
ORDERS = "shop/orders_2024-01-08.csv"


def test_the_orders_file_has_the_79_columns_of_the_vendor_in_their_order(exports: Path) -> None:
    header = (exports / ORDERS).read_text("utf-8").split("\n", 1)[0].split(",")
    assert len(header) == 79
    assert header[:5] == ["Name", "Email", "Financial Status", "Paid at", "Fulfillment Status"]
    assert (header[24], header[34], header[46], header[78]) == (
        "Billing Name",
        "Shipping Name",
        "Cancelled at",
        "Payment References",
    )


def test_an_orders_own_cells_stand_on_its_first_row_only(cells: Cells) -> None:
    rows = cells(ORDERS).with_columns(
        is_first=~pl.col("Name").eq(pl.col("Name").shift()).fill_null(value=False)
    )
    own = ("Total", "Created at", "Id", "Financial Status", "Refunded Amount", "Shipping Name")
    for column in own:
        assert rows[column].is_not_null().to_list() == rows["is_first"].to_list(), column
    assert 0 < rows["is_first"].sum() < rows.height
    assert rows["Email"].is_not_null().all()
    assert rows["Lineitem sku"].is_not_null().all()


def test_every_order_of_the_shop_is_there_with_its_lines_and_its_total(cells: Cells, facts: DayFacts) -> None:
    rows = cells(ORDERS)
    told = pl.concat([facts.orders, facts.orders_again.drop("refunded_cents")]).filter(
        pl.col("place") == "shop"
    )
    lines = pl.concat([facts.order_lines, facts.order_lines_again]).join(told, on="order_id", how="semi")
    assert rows.height == lines.height
    assert rows["Name"].n_unique() == told.height
    cents = (rows["Total"].drop_nulls().cast(pl.Float64) * 100).round().sum()
    assert cents == told["total_cents"].sum()


def test_a_refunded_order_is_exported_again_on_the_day_of_its_refund(cells: Cells) -> None:
    orders = cells(ORDERS).filter(pl.col("Total").is_not_null())
    day = pl.col("Created at").str.head(10).str.to_date()
    ordered = CLEAN.date_of(7) - timedelta(days=REFUND_AFTER_DAYS)
    again = orders.filter(day == ordered)
    assert again.height > 0
    assert again["Financial Status"].unique().to_list() == ["refunded"]
    assert again["Refunded Amount"].to_list() == again["Total"].to_list()
    assert orders.filter(day != ordered)["Refunded Amount"].unique().to_list() == ["0.00"]


def test_times_carry_the_offset_of_the_shop(cells: Cells) -> None:
    created = cells(ORDERS)["Created at"].drop_nulls()
    assert created.str.contains(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d -0500$").all()


def test_ids_phones_and_zips_are_guarded_against_spreadsheets(cells: Cells) -> None:
    customers = cells("shop/customers_2024-01-08.csv")
    for column in ("Customer ID", "Phone", "Default Address Zip"):
        assert customers[column].drop_nulls().str.starts_with("'").all(), column
    assert set(customers["Accepts Email Marketing"]) == {"yes", "no"}


def test_names_with_quotes_and_commas_come_back_as_they_were(cells: Cells, facts: DayFacts) -> None:
    written = cells("shop/customers_2024-01-08.csv")
    assert written["Last Name"].to_list() == facts.shop_customers["last_name"].to_list()


def test_two_lines_of_one_product_are_one_line_of_the_shop(tmp_path: Path, facts: DayFacts) -> None:
    twice = pl.concat([facts.order_lines, facts.order_lines.with_columns(pl.col("line_number") + 10)])
    write_day(replace(facts, order_lines=twice), CLEAN, tmp_path / "exports")
    rows = pl.read_csv(tmp_path / "exports" / ORDERS, infer_schema=False)
    assert not rows.select("Name", "Lineitem sku").is_duplicated().any()
    today = rows.filter(pl.col("Name") == "#1421")
    assert today["Lineitem quantity"].to_list() == ["2"]


def test_what_an_account_spent_is_the_sum_of_its_orders_in_the_files(tmp_path: Path) -> None:
    simulate(tmp_path, World(customers=1500, days=50, dirt="none"))
    accounts, orders = (
        pl.concat(
            pl.read_csv(file, infer_schema=False)
            for file in sorted((tmp_path / "exports" / "shop").glob(name))
        )
        for name in ("customers_*.csv", "orders_*.csv")
    )
    newest = accounts.unique("Customer ID", keep="last", maintain_order=True)
    known = pl.read_parquet(tmp_path / "simulation" / "truth" / "identifiers" / "email.parquet")
    blurred = known.filter(pl.col("why").is_in(["mistyped", "after a move"]))["person"]
    of_blurred = known.filter(pl.col("person").is_in(blurred.implode()))["value"]
    clear = known.filter(~pl.col("value").is_in(of_blurred.implode()))
    people = pl.read_parquet(tmp_path / "simulation" / "truth" / "people.parquet")
    late = people.filter(pl.col("joined") > pl.col("joined").min())["person"]
    shared = clear.filter(pl.len().over("value") == 2)
    # the other one may have ordered before there was an account
    of_late = shared.filter(pl.col("person").is_in(late.implode()))["value"]
    newest = newest.filter((pl.len().over("Email") == 1) & ~pl.col("Email").is_in(of_late.implode())).join(
        clear.unique("value", keep="first", maintain_order=True), left_on="Email", right_on="value"
    )
    assert newest.filter(pl.col("Email").is_in(shared["value"].implode())).height > 5
    orders = orders.drop_nulls("Total").unique("Name")
    sums = orders.group_by("Email").agg(
        spent=pl.col("Total").cast(pl.Decimal(scale=2)).sum(), orders=pl.col("Name").len()
    )
    told = newest.join(sums, on="Email", how="left").select(
        "why",
        stated=pl.col("Total Spent").cast(pl.Decimal(scale=2)),
        spent=pl.col("spent").fill_null(0),
        stated_orders=pl.col("Total Orders").cast(pl.UInt32),
        orders=pl.col("orders").fill_null(0),
    )
    assert told.filter(pl.col("stated") != pl.col("spent")).rows() == []
    assert told.filter(pl.col("stated_orders") != pl.col("orders")).rows() == []
    bought = told.filter(pl.col("orders") > 0).group_by("why").len()
    assert {"own", "second account"} == set(bought["why"])
