"""The door: what a caller may rely on, whatever happens to the worker behind it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from html import escape
from pathlib import Path

import duckdb
import pytest

from regulars.data_quality import door
from regulars.warehouse import beside
from regulars.warehouse.beside import Asked

NIGHT = date(2024, 5, 10)
A_NIGHT = """
import time
from regulars.data_quality import door
print(door.warm_up().pid, flush=True)
time.sleep(60)
"""
THE_IMPORTS = """
import sys
from regulars.data_quality import door, report
print({"great_expectations", "pandas"} & set(sys.modules))
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


@pytest.fixture
def fresh_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(beside, "_running", {})
    yield
    beside.close_all()


def test_warming_up_twice_starts_one_worker() -> None:
    assert door.warm_up() is door.warm_up()


def test_same_warehouse_gives_same_results(
    good_warehouse: Path, site: Path, context: dict[str, object]
) -> None:
    first, second = (
        door.run_gate("decisions", warehouse=good_warehouse, site=site, as_of=NIGHT, context=context)
        for _ in range(2)
    )
    assert first == second


def test_warehouse_can_be_written_after_a_gate(broken_warehouse: Callable[[str], Path], site: Path) -> None:
    warehouse = broken_warehouse("select 1")
    door.run_gate("landing", warehouse=warehouse, site=site, as_of=NIGHT)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table settings.proof as select 1")
        assert connection.execute("from settings.proof").fetchall() == [(1,)]


def test_missing_table_fails_its_checks_and_their_severity_is_stop(
    broken_warehouse: Callable[[str], Path], site: Path
) -> None:
    warehouse = broken_warehouse("drop table marts.customer_segments")
    report = door.run_gate("marts", warehouse=warehouse, site=site, as_of=NIGHT)
    failed = {result.check_name: result for result in report.results if not result.success}
    assert (
        failed["member_once"].observed_value == "could not run: table marts.customer_segments does not exist"
    )
    # this one only warns when it can run, and it names the missing table in its query
    assert "customer_segments" in str(failed["buyers_are_in_a_segment"].observed_value)
    assert {result.severity for result in failed.values()} == {"stop"}


def test_missing_column_fails_its_checks(broken_warehouse: Callable[[str], Path], site: Path) -> None:
    warehouse = broken_warehouse("alter table marts.customer_features drop favourite_weekday")
    report = door.run_gate("marts", warehouse=warehouse, site=site, as_of=NIGHT)
    failed = [result.check_name for result in report.results if not result.success]
    assert failed == ["favourite_weekday_exists"]


def test_checks_of_an_empty_table_say_that_there_was_nothing_to_check(
    broken_warehouse: Callable[[str], Path], site: Path
) -> None:
    warehouse = broken_warehouse("delete from marts.customer_permissions")
    report = door.run_gate("marts", warehouse=warehouse, site=site, as_of=NIGHT)
    found = {
        result.check_name: (result.success, result.observed_value)
        for result in report.results
        if result.table_name == "marts.customer_permissions"
    }
    assert found["known_status"] == (True, "no rows to check")
    assert [value for _, value in found.values() if "None" in str(value)] == []


def test_gate_that_checked_nothing_has_not_passed(
    good_warehouse: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asked, "answers", lambda *_: iter([{"results": [], "data_docs": str(site)}]))
    with pytest.raises(door.GateError, match="gate marts checked nothing, which is no pass"):
        door.run_gate("marts", warehouse=good_warehouse, site=site, as_of=NIGHT)


@pytest.mark.parametrize("gate", ["decisions", "action_lists"])
def test_gate_that_counts_touchpoints_fails_without_the_declared_channels(
    good_warehouse: Path, site: Path, gate: door.Gate
) -> None:
    with pytest.raises(door.GateError, match="channels is None, and needs the content of channels"):
        door.run_gate(gate, warehouse=good_warehouse, site=site, as_of=NIGHT)


def test_missing_warehouse_is_an_error(site: Path, tmp_path: Path) -> None:
    with pytest.raises(door.GateError, match=r"gate marts: .*none\.duckdb"):
        door.run_gate("marts", warehouse=tmp_path / "none.duckdb", site=site, as_of=NIGHT)


def test_warehouse_open_for_writing_is_an_error(good_warehouse: Path, site: Path) -> None:
    with duckdb.connect(str(good_warehouse)), pytest.raises(door.GateError, match="lock"):
        door.run_gate("marts", warehouse=good_warehouse, site=site, as_of=NIGHT)


@pytest.mark.usefixtures("fresh_worker")
def test_gate_whose_worker_is_killed_is_an_error(good_warehouse: Path, site: Path) -> None:
    worker = door.warm_up()
    # importing takes seconds, so the gate is still waiting for its answer
    threading.Timer(0.3, os.kill, (worker.pid, 9)).start()
    with pytest.raises(door.GateError, match="ended with code -9 before it answered"):
        door.run_gate("marts", warehouse=good_warehouse, site=site, as_of=NIGHT)
    assert not worker.is_alive


@pytest.mark.usefixtures("fresh_worker")
def test_worker_killed_between_gates_is_replaced() -> None:
    first = door.warm_up()
    os.kill(first.pid, 9)
    assert wait_until_gone(first.pid)
    assert door.warm_up().pid != first.pid


@pytest.mark.usefixtures("fresh_worker")
def test_worker_that_does_not_answer_in_time_is_ended(
    good_warehouse: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "GATE_LIMIT_SECONDS", 0.2)
    worker = door.warm_up()
    with pytest.raises(door.GateError, match="ended with code -9"):
        door.run_gate("marts", warehouse=good_warehouse, site=site, as_of=NIGHT)
    assert not worker.is_alive


def test_worker_does_not_outlive_a_killed_night() -> None:
    night = subprocess.Popen(
        [sys.executable, "-c", A_NIGHT],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert night.stdout is not None
    pid = int(night.stdout.readline())
    time.sleep(0.5)  # long enough for the interpreter, not for Great Expectations
    assert is_running(pid)
    night.kill()
    night.wait()
    assert wait_until_gone(pid)


def test_night_never_imports_great_expectations_or_pandas() -> None:
    shown = subprocess.run([sys.executable, "-c", THE_IMPORTS], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def test_pages_show_every_check_and_load_nothing_from_elsewhere(
    broken_warehouse: Callable[[str], Path], tmp_path: Path, context: dict[str, object]
) -> None:
    warehouse = broken_warehouse("drop table marts.orders")
    door.run_gate("decisions", warehouse=warehouse, site=tmp_path, as_of=NIGHT, context=context)
    report = door.run_gate("marts", warehouse=warehouse, site=tmp_path, as_of=NIGHT)
    beside.close_all()  # waits for the pages
    front = report.data_docs.read_text()
    assert front.index("marts: ") < front.index("decisions: ")
    assert all(escape(result.meaning) in front for result in report.results)
    assert "table marts.orders does not exist" in front
    pages = list(report.data_docs.parent.rglob("*.html"))
    assert len(pages) > len({result.table_name for result in report.results})
    assert not any("url(" in page.read_text() for page in pages)
    tags = [tag for page in pages for tag in page.read_text().split("<")]
    assert [tag for tag in tags if "//" in tag and ("src=" in tag or tag.startswith("link"))] == []
