from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from regulars.orchestration.event_log import MOST_OPEN_FILES, EventLog


def test_other_readers_see_the_events_of_a_run(tmp_path: Path) -> None:
    events, run_id = EventLog(str(tmp_path)), _run(tmp_path)
    theirs = SqliteEventLogStorage(str(tmp_path)).get_logs_for_run(run_id)
    assert [entry.message for entry in events.get_logs_for_run(run_id)] == [entry.message for entry in theirs]
    assert any(entry.dagster_event_type == dg.DagsterEventType.RUN_SUCCESS for entry in theirs)


def test_few_files_stay_open_however_many_runs_there_were(tmp_path: Path) -> None:
    events = EventLog(str(tmp_path))
    for number in range(MOST_OPEN_FILES + 5):
        events.get_logs_for_run(f"run-{number}")
    assert len(events._engines) == MOST_OPEN_FILES  # noqa: SLF001 (nothing else shows what is open)
    events.dispose()
    assert not events._engines  # noqa: SLF001


def test_a_wiped_log_starts_anew(tmp_path: Path) -> None:
    events, run_id = EventLog(str(tmp_path)), _run(tmp_path)
    events.wipe()
    assert not events.get_logs_for_run(run_id)


def _run(folder: Path) -> str:
    """Run an asset whose events `EventLog` stores in `folder`; its run's id."""

    @dg.asset
    def orders() -> int:
        return 1

    settings = {
        "event_log_storage": {
            "module": "regulars.orchestration.event_log",
            "class": "EventLog",
            "config": {"base_dir": str(folder)},
        }
    }
    with dg.instance_for_test(settings) as instance:
        return dg.materialize([orders], instance=instance).run_id
