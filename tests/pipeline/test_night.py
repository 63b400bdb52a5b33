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
from tests.stores import add_file_that_fails_the_landing_gate, run

EXPECTED = Path(__file__).parent / "expected"
FACT_TABLES = [table.name for table in PUBLISHED if table.name not in ("files", "data_quality_results")]


@pytest.fixture(scope="module")
def nights(cut_store: CutStore) -> Nightly:
    """A store after the nights of 15 June and 30 June, the latter twice; letters rest for 14 days."""
    nightly = cut_store("nights")
    run(nightly, "2017-06-15", "2017-06-30", "2017-06-30")
    return nightly


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


def list_bytes(version: Version) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (version.folder / "action_lists").glob("*.csv")}


def test_the_action_list_of_a_night_is_the_expected_one(nights: Nightly) -> None:
    written = version(nights, "2017-06-30_0002").folder / "action_lists" / "direct_mail.csv"
    with (
        written.open(newline="") as found,
        (EXPECTED / "direct_mail_2017-06-30.csv").open(newline="") as expected,
    ):
        assert list(csv.DictReader(found)) == list(csv.DictReader(expected))


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


def test_a_night_sees_nothing_after_its_day(nights: Nightly, cut_store: CutStore) -> None:
    # the day of New York ends at 04:00 UTC in summer
    shorter = cut_store("shorter", until="2017-07-01 04:00:00")
    run(shorter, "2017-06-15", "2017-06-30")
    whole, cut = version(nights, "2017-06-30_0001"), version(shorter, "2017-06-30_0001")
    assert {table: differing_rows(whole, cut, table) for table in FACT_TABLES} == dict.fromkeys(
        FACT_TABLES, 0
    )
    assert list_bytes(whole) == list_bytes(cut)


def test_an_earlier_day_gives_the_same_after_a_later_one_and_leaves_it_current(cut_store: CutStore) -> None:
    backward, forward = cut_store("backward"), cut_store("forward")
    run(backward, "2017-07-31", "2017-07-15")
    run(forward, "2017-07-15")
    one, other = version(backward, "2017-07-15_0001"), version(forward, "2017-07-15_0001")
    assert {table: differing_rows(one, other, table) for table in FACT_TABLES} == dict.fromkeys(
        FACT_TABLES, 0
    )
    assert list_bytes(one) == list_bytes(other)
    assert (current := backward.published.current())
    assert current.name == "2017-07-31_0001"


def test_a_backfill_equals_the_nights_run_one_by_one(cut_store: CutStore) -> None:
    single, filled = cut_store("single"), cut_store("filled")
    run(single, "2017-06-29", "2017-06-30")
    command = ["backfill", "--store", str(filled.store.folder), "--from", "2017-06-29", "--to", "2017-06-30"]
    done = subprocess.run([program(), *command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for day in ("2017-06-29", "2017-06-30"):
        one, other = version(single, f"{day}_0001"), version(filled, f"{day}_0001")
        assert {table.name: differing_rows(one, other, table.name) for table in PUBLISHED} == {
            table.name: 0 for table in PUBLISHED
        }
        assert list_bytes(one) == list_bytes(other)


READER = """
import sys, time, duckdb
from pathlib import Path
link, stop = Path(sys.argv[1]), Path(sys.argv[2])
seen, reads = set(), 0
while not stop.exists():
    folder = link.resolve()
    with duckdb.connect(folder / "regulars.duckdb", read_only=True) as connection:
        rows = connection.execute("select count(*), count(distinct as_of_date) from next_actions").fetchone()
    assert rows == (60, 1), rows
    seen.add(folder.name)
    reads += 1
    time.sleep(0.02)
print(reads, *sorted(seen))
"""


def test_another_process_reads_the_published_tables_while_a_night_runs(
    cut_store: CutStore, tmp_path: Path
) -> None:
    nightly, stop = cut_store("read"), tmp_path / "stop"
    run(nightly, "2017-06-29")
    arguments = [sys.executable, "-c", READER, str(nightly.published.link), str(stop)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        run(nightly, "2017-06-30")
        time.sleep(0.5)
        stop.touch()
        output, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors
    reads, *seen = output.split()
    assert int(reads) > 20
    assert seen == ["2017-06-29_0001", "2017-06-30_0001"]


def test_a_failed_gate_leaves_the_last_version_in_force(cut_store: CutStore) -> None:
    nightly = cut_store("failed")
    run(nightly, "2017-06-29")
    add_file_that_fails_the_landing_gate(nightly)
    with pytest.raises(NightFailedError, match="2017-06-30"):
        run(nightly, "2017-06-30")
    assert [version.name for version in nightly.published.versions()] == ["2017-06-29_0001"]
    assert (current := nightly.published.current())
    assert current.name == "2017-06-29_0001"


def test_a_second_run_at_the_same_time_is_refused(cut_store: CutStore) -> None:
    nightly = cut_store("twice")
    with nightly.only_run():
        command = [program(), "run", "--store", str(nightly.store.folder), "--day", "2017-06-29"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "another run of this store is in progress" in done.stderr
    assert nightly.published.versions() == []


def program() -> str:
    return str(Path(sys.executable).parent / "regulars")
