"""Stores cut from the real data, and nights run on them in this process."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from regulars.orchestration.execution import run_night
from regulars.orchestration.nightly import Nightly, nightly_of
from tests.parsed import with_parsed_project

REAL_STORE = Path(__file__).parents[1] / "stores" / "complete_journey"
DEMO_STORE = REAL_STORE.with_name("demo")
CUT = "household_id % 41 = 0"
BY_HOUSEHOLD = ("demographics", "transactions", "campaigns", "coupon_redemptions")


def cut_store_in(folder: Path, until: str = "2018-02-01") -> Nightly:
    """Make a store of one household in 41, with the real configuration; `until` drops later facts."""
    shutil.copytree(REAL_STORE, folder, ignore=shutil.ignore_patterns("state", "exports"))
    cut_exports(REAL_STORE / "exports", folder / "exports", until)
    return nightly_of(with_parsed_project(folder))


def demo_store_in(folder: Path) -> Path:
    """Make a copy of the demo store's configuration, without exports."""
    ours = shutil.ignore_patterns("exports", "state", "simulation")
    return with_parsed_project(Path(shutil.copytree(DEMO_STORE, folder, ignore=ours)))


def cut_exports(real: Path, target: Path, until: str) -> None:
    """Copy the facts before `until` of a few households, and the products they ever bought.

    A product has no date of its own: the catalogue is what the newest file says, on every night.
    """
    target.mkdir()
    times = {"transactions": "transaction_timestamp", "coupon_redemptions": "redemption_date"}
    with duckdb.connect() as connection:
        for name in BY_HOUSEHOLD:
            earlier = f"{times[name]} < timestamp '{until}'" if name in times else "true"
            rows = f"select * from '{real / name}.parquet' where {CUT} and {earlier}"
            connection.execute(f"copy ({rows}) to '{target / name}.parquet'")
        bought = f"select product_id from '{real}/transactions.parquet' where {CUT}"
        rows = f"select * from '{real}/products.parquet' where product_id in ({bought}) order by product_id"
        connection.execute(f"copy ({rows}) to '{target}/products.parquet'")
    shutil.copy(real / "campaign_descriptions.parquet", target)


def run(nightly: Nightly, *days: str) -> None:
    """Run nights in this process, which has imported everything already."""
    for day in days:
        run_night(nightly, date.fromisoformat(day), Console(quiet=True))


def add_file_that_fails_the_landing_gate(nightly: Nightly) -> None:
    """Give the store a file of a hundred purchases without a time, all of which are dead letters."""
    exports = nightly.store.exports
    rows = f"select * replace (null as transaction_timestamp) from '{exports}/transactions.parquet' limit 100"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({rows}) to '{exports}/transactions_bad.parquet'")
