"""The contracts of stores/demo over exports of simulated systems: landing finds every injected fault."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from regulars.landing.ledger import create_landing_tables
from regulars.landing.load import land
from regulars.simulation.dirt.damaged import DAMAGE, REFUSED
from regulars.simulation.dirt.faults import HOSTILE, STANDARD
from regulars.simulation.dirt.files import KINDS, REDELIVERY
from regulars.simulation.export import WrittenFile
from regulars.simulation.facts import DayFacts
from regulars.simulation.systems import write_day
from regulars.simulation.world import World
from regulars.store.entities import entities
from regulars.store.errors import UserError
from regulars.store.store import open_store
from tests.made_up_days import made_up_day
from tests.stores import DEMO_STORE, demo_store_in
from tests.told_dirt import PLACE, check_dead_letters, with_expected

DAYS, NIGHT = 11, date(2024, 12, 31)
Query = Callable[[str], pl.DataFrame]


@dataclass(frozen=True)
class Simulated:
    """A store with exports of some days, and what is known of them."""

    folder: Path
    facts: tuple[DayFacts, ...]
    written: tuple[WrittenFile, ...]
    connection: duckdb.DuckDBPyConnection

    @property
    def truth(self) -> pl.DataFrame:
        """Every fault of every file."""
        return pl.read_parquet(self.folder / "simulation" / "truth" / "dirt" / "*.parquet")

    def landed(self, query: str) -> pl.DataFrame:
        """The result of a query over the landing schema."""
        frame: pl.DataFrame = self.connection.execute(query).pl()
        return frame

    def told(self, kind: str) -> pl.DataFrame:
        """The facts of a kind over all days."""
        frames: list[pl.DataFrame] = [getattr(day, kind) for day in self.facts]
        return pl.concat(frames)


@pytest.fixture(scope="module", params=["standard", "hostile"])
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulated]:
    """The demo store after some simulated days, landed."""
    folder = demo_store_in(tmp_path_factory.mktemp("stores") / request.param)
    # a seed with which everything happens
    world = World(customers=60, days=DAYS, dirt=request.param, seed=4)
    facts = tuple(made_up_day(world, number, size=160) for number in range(DAYS))
    written = tuple(file for day in facts for file in write_day(day, world, folder / "exports"))
    with duckdb.connect() as connection:
        create_landing_tables(connection)
        for _accounts in land(connection, open_store(folder), NIGHT):
            pass
        yield Simulated(folder, facts, written, connection)


def accounts(simulated: Simulated) -> pl.DataFrame:
    """What landing says of each file and entity, beside what the truth says.

    The catalogue is left out: the tills read the shop's file too, and what it repeats is not told.
    """
    found = simulated.landed(
        "select path, entity, rows_read, rows_loaded, rows_duplicate, rows_dead, rows_skipped"
        " from landing.files where entity <> 'products'"
    )
    return with_expected(found, simulated.truth)


def test_landing_finds_the_duplicates_and_dead_rows_that_were_injected(simulated: Simulated) -> None:
    found = accounts(simulated)
    different = found.filter(
        (pl.col("rows_duplicate") != pl.col("duplicate")) | (pl.col("rows_dead") != pl.col("dead"))
    )
    assert different.rows() == []
    assert found["dead"].sum() > 10
    assert found["duplicate"].sum() > 100


def test_every_dead_letter_is_a_row_that_was_spoilt_where_the_truth_says(simulated: Simulated) -> None:
    check_dead_letters(
        simulated.landed("select path, entity, row_number, reason from landing.dead_letters"), simulated.truth
    )


def test_every_kind_of_dirt_happened(simulated: Simulated) -> None:
    is_hostile = simulated.folder.name == "hostile"
    faults = [*STANDARD.values(), *(HOSTILE.values() if is_hostile else ())]
    possible = {REDELIVERY, *(fault.kind for each in faults for fault in each)}
    possible |= {*KINDS, *DAMAGE} if is_hostile else set()
    assert possible - set(simulated.truth["kind"]) == set()


def test_a_row_that_can_be_read_all_the_same_is_no_dead_letter(simulated: Simulated) -> None:
    spoilt = simulated.truth.filter((pl.col("outcome") == "loaded") & pl.col("row_number").is_not_null())
    letters = simulated.landed("select path, entity, row_number from landing.dead_letters")
    assert spoilt.height > 20
    assert spoilt.join(letters, on=PLACE).rows() == []


def test_every_row_that_was_written_is_read(simulated: Simulated) -> None:
    written = pl.DataFrame(
        [(file.path, file.rows) for file in simulated.written], ["path", "rows"], orient="row"
    )
    found = accounts(simulated).join(written, on="path")
    assert found.filter(pl.col("rows_read") != pl.col("rows")).rows() == []


def test_every_file_is_landed_but_the_one_that_was_delivered_twice(simulated: Simulated) -> None:
    landed = set(simulated.landed("select distinct path from landing.files")["path"])
    again = set(simulated.truth.filter(pl.col("kind") == REDELIVERY)["path"])
    assert {file.path for file in simulated.written} - landed == again
    assert len(again) == 1


def test_every_landing_entity_but_the_rare_ones_has_rows(simulated: Simulated) -> None:
    empty = {
        name for name in entities() if simulated.landed(f"select 1 from landing.{name} limit 1").is_empty()
    }
    # nobody in the made-up days states a preference or asks to be forgotten
    assert empty == {"preferences", "erasure_requests"}


def test_moments_come_back_as_they_happened(simulated: Simulated) -> None:
    """Three vendors, three ways to state a time: with an offset, in another zone without one, in UTC."""
    orders = simulated.told("orders").select(
        order_ref=pl.col("order_id").cast(pl.String), at=pl.col("at").dt.truncate("1s")
    )
    at_shop = simulated.landed("select order_ref, ordered_at as landed from landing.orders")
    at_till = simulated.landed(
        "select distinct order_ref, occurred_at as landed from landing.order_lines where source = 'pos'"
    )
    on_web = simulated.landed(
        "select event_ref, occurred_at as landed from landing.events where year(occurred_at) < 2900"
    )
    events = simulated.told("web_events").select(event_ref="event_id", at="at")
    for landed, facts, key in (
        (at_shop, orders, "order_ref"),
        (at_till, orders, "order_ref"),
        (on_web, events, "event_ref"),
    ):
        both = landed.join(facts, on=key)
        assert both.height == landed.height > 100
        assert both.filter(pl.col("landed").cast(pl.Datetime("ms")) != pl.col("at")).rows() == []


def test_money_comes_back_as_it_was_spent(simulated: Simulated) -> None:
    landed = simulated.landed(
        "select order_ref, cast(amount * 100 as bigint) as cents, cast(refunded * 100 as bigint) as back"
        " from landing.orders"
    )
    facts = simulated.told("orders").select(order_ref=pl.col("order_id").cast(pl.String), total="total_cents")
    refunds = simulated.told("refunds").select(
        order_ref=pl.col("order_id").cast(pl.String), refunded="refunded_cents"
    )
    both = landed.join(facts, on="order_ref").join(refunds, on="order_ref", how="left")
    both = both.with_columns(pl.col("refunded").fill_null(0))
    assert both.height == landed.height
    assert (
        both.filter((pl.col("cents") != pl.col("total")) | (pl.col("back") != pl.col("refunded"))).rows()
        == []
    )


def test_what_was_returned_at_the_till_is_known_by_line(simulated: Simulated) -> None:
    landed = simulated.landed(
        "select order_ref, cast(sum(returned_quantity) as bigint) as units from landing.order_lines"
        " where source = 'pos' group by order_ref having units > 0"
    )
    expected = simulated.told("refund_lines").select(
        order_ref=pl.col("order_id").cast(pl.String), quantity=pl.col("quantity").cast(pl.Int64)
    )
    both = landed.join(expected, on="order_ref")
    assert both.height == landed.height > 5
    assert both.filter(pl.col("units") != pl.col("quantity")).rows() == []


def test_each_damaged_file_is_refused_and_leaves_no_trace(simulated: Simulated, tmp_path: Path) -> None:
    damaged = simulated.truth.filter(pl.col("outcome") == REFUSED)["path"].to_list()
    is_hostile = simulated.folder.name == "hostile"
    assert (len(damaged) > 12) == is_hostile
    folder = with_needed_exports(simulated, tmp_path / "store")
    with duckdb.connect() as connection:
        create_landing_tables(connection)
        list(land(connection, open_store(folder), NIGHT))
        before = everything_landed(connection)
        for path in damaged:
            target = folder / "exports" / path
            shutil.copy(simulated.folder / "simulation" / "damaged" / path, target)
            with pytest.raises(UserError) as refused:
                list(land(connection, open_store(folder), NIGHT))
            assert str(refused.value.file).endswith(path) or Path(path).name in str(refused.value), path
            assert everything_landed(connection) == before, path
            target.unlink()


def with_needed_exports(simulated: Simulated, folder: Path) -> Path:
    """A store that has only the files that its contracts cannot do without."""
    demo_store_in(folder)
    for needed in (
        "shop/orders_2024-01-01",
        "shop/products_2024-01-01",
        "pos/receipts_2024-01-01",
        "web/2024-01-01",
    ):
        for source in (simulated.folder / "exports").glob(f"{needed}*"):
            target = folder / "exports" / source.relative_to(simulated.folder / "exports")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def everything_landed(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    """Every row of the tables that landing writes, in their order."""
    tables = ("files", "dead_letters", "touched_days", *entities())
    return [connection.execute(f"from landing.{table} order by all").fetchall() for table in tables]


def test_the_demo_store_contracts_use_every_entity() -> None:
    used = {
        stream.entity for file in open_store(DEMO_STORE).contract_files for stream in file.content.streams
    }
    assert used == set(entities())
