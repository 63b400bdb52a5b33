"""Runs nights of a store inside this process, with a Dagster instance that the UI shares."""

import json
import os
import re
import shutil
import uuid
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from regulars.orchestration.alerts import tell_of
from regulars.orchestration.console import StageProgress
from regulars.orchestration.nightly import STORE_VARIABLE, Nightly
from regulars.store.errors import UserError
from regulars.warehouse.beside import BesideError, ToldTraceback

INSTANCE_SETTINGS = """\
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 120
# runs of the UI wait for each other, as a store's nights must
concurrency:
  runs:
    max_concurrent_runs: 1
nux:
  enabled: false
event_log_storage:
  module: regulars.orchestration.event_log
  class: EventLog
  config:
    base_dir: BASE_DIR
"""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


# what DuckDB, SQLite and the operating system say when there is no room, whatever the reason
NO_ROOM = re.compile(
    r"No space left on device|disk is full|Disk quota exceeded|File too large", flags=re.IGNORECASE
)
NEARLY_NOTHING = 2**20
# what they say when the disk, or what is between it and us, did not do what it was told
NO_DISK = re.compile(r"disk I/O error|Input/output error|fsync failed", flags=re.IGNORECASE)
# what DuckDB says when it may not use more, and Python when there is no more
NO_MEMORY = re.compile(r"Out of Memory Error|MemoryError")


class NightFailedError(Exception):
    """A night stopped at a gate or broke; the version published before it stays in force."""


def dagster_home(nightly: Nightly) -> Path:
    """The folder in which Dagster keeps the store's runs, made ready for the UI."""
    home = nightly.store.state / "dagster"
    (home / ".nux").mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(
        INSTANCE_SETTINGS.replace("BASE_DIR", json.dumps(str(home / "history" / "runs"))), "utf-8"
    )
    # the UI asks every new visitor to join a community unless this says it was seen
    (home / ".nux" / "nux.yaml").write_text("seen: 1\n", "utf-8")
    return home


def environment(nightly: Nightly) -> dict[str, str]:
    """The variables with which Dagster's processes find the store and its history."""
    return {"DAGSTER_HOME": str(dagster_home(nightly)), STORE_VARIABLE: str(nightly.store.folder)}


def forget_dead_runs(nightly: Nightly) -> None:
    """Mark runs as failed that were killed before they could say so; they would hold up those that wait."""
    os.environ.update(environment(nightly))
    unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    # whoever holds the lock knows that nobody else runs
    with suppress(UserError), nightly.only_run(), dg.DagsterInstance.get() as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
            instance.report_run_failed(run, "The process of this run ended without saying so.")


def run_night(nightly: Nightly, day: date, console: Console) -> StageProgress:
    """Run the nightly job for one day and print its stages as they end.

    Raises:
        UserError: The store or its files hold a mistake that the user can mend.
        NightFailedError: A gate stopped the night, or a step broke.
    """
    os.environ.update(environment(nightly))
    from regulars.orchestration.definitions import build_definitions  # noqa: PLC0415 (seconds of imports)

    console.print(f"[bold]night {day}[/] of {escape(nightly.store.settings.title)}", highlight=False)
    progress, run_id = StageProgress(console), str(uuid.uuid4())
    try:
        with dg.DagsterInstance.get() as instance:
            instance.add_event_listener(run_id, progress)
            try:
                job = build_definitions(nightly).resolve_job_def("nightly")
                result = job.execute_in_process(
                    partition_key=day.isoformat(),
                    run_id=run_id,
                    instance=instance,
                    run_config=QUIET,
                    raise_on_error=False,
                )
            finally:
                for problem in tell_of(nightly, instance, run_id, day.isoformat()).problems:
                    console.print(f"      [yellow]{escape(problem)}[/]", highlight=False, soft_wrap=True)
    except (OSError, SQLAlchemyError, BesideError) as error:
        raise broken(nightly, day, str(error)) from error
    if not result.success:
        raise failure(nightly, day, progress.error)
    return progress


def failure(nightly: Nightly, day: date, error: Any) -> Exception:  # noqa: ANN401 (Dagster's serialised error)
    """What to tell the user: the mistake at the root of Dagster's chain, or that a gate stopped us."""
    chain = []
    while error is not None and error.cls_name != ToldTraceback.__name__:
        chain.append(error)
        error = error.cause
    for link in chain:
        if link.cls_name == UserError.__name__:
            return UserError(
                link.message.strip().removeprefix(f"{UserError.__module__}.{UserError.__name__}: ")
            )
    if not chain or chain[0].cls_name == "DagsterAssetCheckFailedError":
        return NightFailedError(
            f"night {day} was stopped by a gate, named above with what failed; what was published before"
            " stays in force\n  remedy: docs/operations.md, 'A failed night'"
        )
    return broken(nightly, day, chain[-1].message.strip())


def broken(nightly: Nightly, day: date, said: str) -> Exception:
    """What to tell the user of a night that broke because of what was `said`, and what to do if we know."""
    if damage := nightly.warehouse.damage(said):
        return damage
    places = [nightly.store.state, *nightly.store.state.glob("*/")]
    free = {place: shutil.disk_usage(place).free for place in places}
    fullest = min(free, key=lambda place: free[place])
    if free[fullest] <= NEARLY_NOTHING or NO_ROOM.search(said):
        cause = "the disk is full"
        remedy = f"free space for {fullest} ({free[fullest] / 1e6:,.1f} MB left, unless a quota says less)"
    elif NO_MEMORY.search(said):
        cause = "it had too little memory"
        limit = nightly.store.settings.memory_limit
        remedy = f"give memory_limit in store.yml more than {limit}, as far as the machine has it,"
    elif NO_DISK.search(said):
        cause = "a disk failed"
        remedy = f"see what the system's log says of the disk of {nightly.store.state},"
    else:
        return NightFailedError(f"night {day} failed: {said}")
    return NightFailedError(
        f"night {day} failed, as {cause}: {said}\n  remedy: {remedy} and run the night again; what was"
        " published before stays in force"
    )
