"""Whole nights on a cut of the real data: real files, real DuckDB, dbt, Great Expectations and Dagster."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from regulars.orchestration.execution import NightFailedError
from regulars.orchestration.nightly import Nightly
from regulars.warehouse.published import PUBLISHED
from regulars.warehouse.versions import Version
from tests.pipeline.conftest import CutStore
from tests.replays import assert_that_nights_come_out_again
from tests.stores import add_file_that_fails_the_landing_gate, run

EXPECTED = Path(__file__).parent / "expected"
FACT_TABLES = [table.name for table in PUBLISHED if table.name not in ("files", "data_quality_results")]


@pytest.fixture(scope="module")
def nights(cut_store: CutStore) -> Nightly:
    """A store after 15, 16 and 30 June, the last twice, and then 22 June; letters rest for 14 days."""
    nightly = cut_store("nights")
    run(nightly, "2017-06-15", "2017-06-16", "2017-06-30", "2017-06-30", "2017-06-22")
    return nightly


@pytest.fixture(scope="module")
def filled(cut_store: CutStore) -> Nightly:
    """A store that ends with 22 June, whose first nights, 15 and 16 June, were backfilled by the command."""
    # the day of New York ends at 04:00 UTC in summer
    nightly = cut_store("filled", until="2017-06-23 04:00:00")
    command = ["backfill", "--store", str(nightly.store.folder), "--from", "2017-06-15", "--to", "2017-06-16"]
    done = subprocess.run([program(), *command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return nightly


READER = """
import sys, time, duckdb
from pathlib import Path
link, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, reads = set(), 0
while not stop.exists():
    folder = link.resolve()
    with duckdb.connect(folder / "regulars.duckdb", read_only=True) as connection:
        rows = connection.execute("select count(*), count(distinct as_of_date) from next_actions").fetchone()
        people = connection.execute("select count(*) from customers").fetchone()
    assert rows == (*people, 1), rows
    seen.add(folder.name)
    reads += 1
    time.sleep(0.02)
print(reads, *sorted(seen))
"""


@pytest.fixture(scope="module")
def read_meanwhile(filled: Nightly, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What another process says that read the published tables while the night of 22 June ran."""
    stop = tmp_path_factory.mktemp("reader") / "stop"
    arguments = [sys.executable, "-c", READER, str(filled.published.link), str(stop)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        try:
            run(filled, "2017-06-22")
            time.sleep(0.5)
        finally:
            stop.touch()
        output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    return output.split()


def version(nightly: Nightly, name: str) -> Version:
    return next(version for version in nightly.published.versions() if version.name == name)


def differing_rows(one: Version, other: Version, table: str) -> int:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.database}' as one (read_only)")
        connection.execute(f"attach '{other.database}' as other (read_only)")
        counted = connection.execute(
            f"select count(*) from ((from one.{table} except all from other.{table})"
            f" union all (from other.{table} except all from one.{table}))"
        ).fetchone()
    assert counted
    return int(counted[0])


def rows(version: Version, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(version.database, read_only=True) as connection:
        return connection.execute(f"{query} order by all").fetchall()


def list_bytes(version: Version) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (version.folder / "action_lists").glob("*.csv")}


def test_every_night_decides_the_same_again_of_what_it_published(nights: Nightly, tmp_path: Path) -> None:
    assert len(nights.published.versions()) > 3
    assert_that_nights_come_out_again(nights, tmp_path)


def test_the_action_list_of_a_night_is_the_expected_one(nights: Nightly) -> None:
    written = version(nights, "2017-06-30_0002").folder / "action_lists" / "direct_mail.csv"
    with (
        written.open(newline="") as found,
        (EXPECTED / "direct_mail_2017-06-30.csv").open(newline="") as expected,
    ):
        assert list(csv.DictReader(found)) == list(csv.DictReader(expected))


STAGES_BY_HAND = """
with orders as (
    select
        household_id as household,
        basket_id,
        cast(min(transaction_timestamp) at time zone 'UTC' at time zone 'America/New_York' as date) as day
    from '{exports}/transactions.parquet'
    where transaction_timestamp < timestamp '2017-07-01 04:00:00'
    group by all
),
gaps as (
    select household, day - lag(day) over (partition by household order by day) as gap
    from (select distinct household, day from orders)
),
rhythm as (select household, avg(gap) as usual from gaps group by household),
recency as (
    select
        household,
        date '2017-06-30' - max(day) as last,
        date '2017-06-30' - min(day) as first,
        count(*) filter (day > date '2017-06-30' - 90) as recent
    from orders
    group by household
)
select
    cast(household as varchar) as customer_ref,
    case
        when last > 90 then 'lapsed'
        when first <= 60 then 'new'
        when (last / usual > 2 and last > 14) or last > 45 then 'at_risk'
        when recent >= 20 then 'loyal'
        else 'engaged'
    end as stage
from recency join rhythm using (household)
"""


def test_the_stages_are_those_that_the_raw_transactions_give_by_hand(nights: Nightly) -> None:
    by_hand = STAGES_BY_HAND.format(exports=nights.store.exports)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{version(nights, '2017-06-30_0001').database}' as published (read_only)")
        expected = connection.execute(f"from ({by_hand}) order by all").fetchall()
        query = "select customer_ref, state from published.next_actions order by all"
        assert connection.execute(query).fetchall() == expected
    assert len(expected) == 60


def test_every_customer_has_exactly_one_action_or_none(nights: Nightly) -> None:
    with duckdb.connect(version(nights, "2017-06-30_0001").database, read_only=True) as connection:
        counts = connection.execute(
            "select (select count(*) from customers), count(*), count(distinct customer_id) from next_actions"
        ).fetchone()
    assert counts == (60, 60, 60)


def test_the_same_day_again_gives_identical_lists_and_equal_tables(nights: Nightly) -> None:
    first, again = version(nights, "2017-06-30_0001"), version(nights, "2017-06-30_0002")
    assert list_bytes(first) == list_bytes(again)
    assert {table.name: differing_rows(first, again, table.name) for table in PUBLISHED} == {
        table.name: 0 for table in PUBLISHED
    }


@pytest.mark.usefixtures("read_meanwhile")
def test_a_night_sees_nothing_after_its_day_even_when_later_ones_ran(
    nights: Nightly, filled: Nightly
) -> None:
    whole, cut = version(nights, "2017-06-22_0001"), version(filled, "2017-06-22_0001")
    assert {table: differing_rows(whole, cut, table) for table in FACT_TABLES} == dict.fromkeys(
        FACT_TABLES, 0
    )
    assert list_bytes(whole) == list_bytes(cut)


def test_a_night_of_an_earlier_day_leaves_the_later_one_current(nights: Nightly) -> None:
    assert (current := nights.published.current())
    assert current.name == "2017-06-30_0002"


def test_a_backfill_equals_the_nights_run_one_by_one(nights: Nightly, filled: Nightly) -> None:
    for day in ("2017-06-15", "2017-06-16"):
        one, other = version(nights, f"{day}_0001"), version(filled, f"{day}_0001")
        assert {table: differing_rows(one, other, table) for table in FACT_TABLES} == dict.fromkeys(
            FACT_TABLES, 0
        )
        assert list_bytes(one) == list_bytes(other)
        # how many rows were landed and looked at is another number where files end earlier
        for query in (
            "select as_of_date, gate, table_name, check_name, severity, success from data_quality_results",
            "select source, stream, entity, path, loaded_date from files",
        ):
            assert rows(one, query) == rows(other, query)


def test_another_process_reads_the_published_tables_while_a_night_runs(read_meanwhile: list[str]) -> None:
    reads, *seen = read_meanwhile
    assert int(reads) > 20
    assert seen == ["2017-06-16_0001", "2017-06-22_0001"]


def test_a_second_run_at_the_same_time_is_refused(filled: Nightly) -> None:
    before = filled.published.versions()
    with filled.only_run():
        command = [program(), "run", "--store", str(filled.store.folder), "--day", "2017-06-23"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "another run of this store is in progress" in done.stderr
    assert filled.published.versions() == before


def test_a_failed_gate_leaves_the_last_version_in_force(filled: Nightly) -> None:
    before = filled.published.versions(), filled.published.current()
    add_file_that_fails_the_landing_gate(filled)
    with pytest.raises(NightFailedError, match="2017-06-23"):
        run(filled, "2017-06-23")
    assert (filled.published.versions(), filled.published.current()) == before


def program() -> str:
    return str(Path(sys.executable).parent / "regulars")
