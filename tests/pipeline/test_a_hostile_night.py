"""A night of the simulated store at its worst: every fault is found, and costs nobody else a decision."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from rich.console import Console

from regulars.orchestration.execution import run_night
from regulars.orchestration.nightly import nightly_of
from regulars.report.pages import PAGES
from regulars.simulation.choices import Dirt
from regulars.simulation.simulate import simulate
from regulars.simulation.world import World
from regulars.store.entities import entities, system_columns
from tests.stores import demo_store_in
from tests.told_dirt import check_dead_letters, with_expected

CLEAN: Dirt = "none"
HOSTILE: Dirt = "hostile"
DAYS = 10
# digits of a number that a page may say
LONGEST_COUNT = 7
# what says where and when a row came, and not what it says; a vendor's new column is kept in extras
OF_THE_FILE = ", ".join(name for name in system_columns() if name not in ("source", "record_key"))
IDENTIFIERS = ("customer_ref", "email", "phone", "anonymous_ref")
SAID = f"* exclude ({OF_THE_FILE})"


@dataclass(frozen=True)
class Nights:
    """The last night of one world, told by clean files and by hostile ones."""

    connection: duckdb.DuckDBPyConnection
    truth: pl.DataFrame
    held: dict[str, int]
    site: Path

    def rows(self, query: str) -> pl.DataFrame:
        """The result of a query over `clean_build`, `clean`, `hostile_build` and `hostile`."""
        frame: pl.DataFrame = self.connection.execute(query).pl()
        return frame


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """Two stores of the same people and days, each with its last night."""
    folders = {}
    with duckdb.connect() as connection:
        for dirt, name in ((CLEAN, "clean"), (HOSTILE, "hostile")):
            folder = folders[name] = demo_store_in(tmp_path_factory.mktemp("stores") / name)
            world = World(customers=900, days=DAYS, seed=4, dirt=dirt)
            simulate(folder, world)
            run_night(nightly_of(folder), world.date_of(DAYS - 1), Console(quiet=True))
            build = folder / "state" / "build" / "warehouse.duckdb"
            published = folder / "state" / "published" / "current" / "regulars.duckdb"
            connection.execute(f"attach '{build}' as {name}_build (read_only)")
            connection.execute(f"attach '{published}' as {name} (read_only)")
        ours = folders["hostile"] / "simulation"
        held = pl.read_parquet(ours / "late" / "*.parquet").filter(pl.col("due") >= DAYS)
        by_subject = dict(held.group_by("subject").len().rows())
        truth = pl.read_parquet(ours / "truth" / "dirt" / "*.parquet")
        yield Nights(connection, truth, by_subject, nightly_of(folders["hostile"]).report.link)


def test_every_fault_is_counted_in_its_file(nights: Nights) -> None:
    accounts = with_expected(nights.rows("from hostile.files"), nights.truth)
    # what the catalogue repeats is not told
    told = accounts.filter(pl.col("entity") != "products")
    columns = ("path", "entity", "rows_duplicate", "rows_dead")
    assert told.select(columns).rows() == told.select("path", "entity", "duplicate", "dead").rows()
    assert accounts.filter((pl.col("entity") == "products") & (pl.col("rows_dead") > 0)).is_empty()
    assert told.select(pl.col("dead").sum() > 20, pl.col("duplicate").sum() > 50).row(0) == (True, True)
    check_dead_letters(nights.rows("from hostile.dead_letters"), nights.truth)


@pytest.mark.parametrize("entity", sorted(entities()))
def test_a_row_that_nothing_happened_to_says_what_it_says_in_the_clean_store(
    nights: Nights, entity: str
) -> None:
    spoilt = nights.truth.filter((pl.col("entity") == entity) & pl.col("row_number").is_not_null())
    nights.connection.register("spoilt", spoilt)
    sound = (
        f"select {SAID.replace('*', 'told.*')} from hostile_build.landing.{entity} as told"
        " inner join hostile.files using (file_id) anti join spoilt"
        " on spoilt.path = files.path and spoilt.row_number = told.row_number"
    )
    clean = f"select {SAID} from clean_build.landing.{entity}"
    assert nights.rows(f"{sound} except {clean}").rows() == []
    invented = (
        f"select source, record_key from hostile_build.landing.{entity} except select source, record_key"
    )
    assert nights.rows(f"{invented} from clean_build.landing.{entity}").rows() == []


def test_no_more_rows_are_missing_than_died_or_are_still_to_come(nights: Nights) -> None:
    dead = dict(nights.rows("select entity, sum(rows_dead) from hostile.files group by all").rows())
    missing = {
        entity: nights.rows(
            f"select count(*) from clean_build.landing.{entity}"
            f" anti join hostile_build.landing.{entity} using (source, record_key)"
        ).item()
        for entity in entities()
    }
    late = {"events": nights.held.get("web calls", 0)}
    late["messages"] = nights.held.get("email events", 0) + nights.held.get("messaging events", 0)
    assert sum(missing.values()) > 20
    assert {
        entity: rows for entity, rows in missing.items() if rows > dead.get(entity, 0) + late.get(entity, 0)
    } == {}


def test_whoever_no_dirt_touched_gets_the_decision_of_the_clean_store(nights: Nights) -> None:
    touched = " union ".join(told_otherwise(entity) for entity in entities())
    nights.connection.execute(
        "create or replace temp table known as "
        + " union ".join(
            "select customer_id, lower(unnest([customer_ref, email, phone, anonymous_ref])) as identifier"
            f" from {store}_build.intermediate.int_handles"
            f" inner join {store}_build.intermediate.int_customer_handles using (handle_id)"
            for store in ("clean", "hostile")
        )
    )
    # whether an address is one person's depends on all who state it, so those are touched, too
    nights.connection.execute(
        f"""
        create or replace temp table touched as
        with those as (select customer_id from known where identifier in ({touched}))
        select customer_id from known
        where identifier in (select identifier from known where customer_id in (from those))
        """
    )
    for table in ("next_actions", "decision_trace"):
        clean, hostile = (
            f"select * from {store}.{table} where customer_id not in (from touched)"
            for store in ("clean", "hostile")
        )
        assert nights.rows(f"({clean} except {hostile}) union all ({hostile} except {clean})").rows() == []
    everybody, with_action = nights.rows(
        "select count(*), count(*) filter (action_id <> 'none') from hostile.next_actions"
        " where customer_id not in (from touched)"
    ).row(0)
    assert (everybody > 700, with_action > 40) == (True, True)


def told_otherwise(entity: str) -> str:
    """A query for the identifiers in the rows that are not in both stores with the same content."""
    clean, hostile = (
        f"select {SAID} from {store}.landing.{entity}" for store in ("clean_build", "hostile_build")
    )
    unlike = f"(({clean} except {hostile}) union all ({hostile} except {clean}))"
    names = [name for name in IDENTIFIERS if name in entities()[entity].column_names]
    queries = [f"select lower({name}) from {unlike} where {name} is not null" for name in names]
    return " union ".join(queries or ["select null where false"])


def test_nothing_that_is_a_persons_is_on_any_page_of_the_report(nights: Nights) -> None:
    pages = [*nights.site.glob("*.html"), *nights.site.glob("data/*.csv")]
    assert len(pages) > len(PAGES)
    text = "\n".join(page.read_text("utf-8") for page in pages)
    # also hashes, paths and numbers are words here, and ids that are as short as a count are no secret
    words = set(re.findall(r"[\w.+@-]+", text)) | set(re.findall(r"\w+", text))
    told = nights.rows(
        """
        select identifier as told from hostile.customer_identifiers
        union select unnest([customer_id, customer_ref, email, phone, last_feedback_text])
        from hostile.customers
        union select identifier from hostile.identity_review
        union select decision_id from hostile.decision_trace
        """
    )["told"]
    assert told.len() > 2_000
    assert {one for one in told.drop_nulls() if len(one) > LONGEST_COUNT} & words == set()
    names = nights.rows("select distinct name from hostile.customers where contains(trim(name), ' ')")["name"]
    assert names.len() > 200
    assert [name for name in names if name in text] == []
    assert re.findall(r"[\w.]+@\w+\.\w+", text) == []
