"""Nights of the real program in processes of their own, watched by what they print and leave on disk."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.faults.machines import HERE, Machine
from tests.faults.shops import DAY

PROGRAM = Path(sys.executable).with_name("regulars")
DBT, GATES = "regulars.facts.worker", "regulars.data_quality.worker"
LIMIT_SECONDS = 400
# a helper that is in the middle of an import notices the end of the night after it
HELPERS_END_SECONDS = 60

# where a night can be, and about how many seconds pass until the next of them: what it printed last ...
STAGES = {
    "preparation": 0.5,
    "landing": 1.5,
    "landing_gate": 4.0,
    "facts": 1.5,
    "marts_gate": 0.5,
    "decisions": 0.6,
    "predictions": 0.6,
    "decisions_gate": 0.3,
    "predictions_gate": 0.3,
    "measurement": 0.1,
    "measurement_gate": 0.3,
    "action_lists": 0.8,
    "action_lists_gate": 0.7,
    "publication": 1.0,
    "report": 0.5,
}
# ... and what it changed last below state/
CHANGES = {
    "build/lent_*": 0.3,
    "build/action_lists/*.csv": 0.1,
    "published/drafts/*/regulars.duckdb": 0.3,
    "published/drafts/*/manifest.json": 0.05,
    "published/versions/*": 0.02,
    "published/current": 0.1,
    "reports/sites/*": 0.05,
    "reports/site": 0.05,
}
START = {"start": 4.0, "night": 3.0}
MOMENTS: Mapping[str, float] = START | STAGES | CHANGES


class NightProcess:
    """A night that runs now."""

    def __init__(
        self, shop: Path, *options: str, day: str = DAY.isoformat(), machine: Machine = HERE
    ) -> None:
        self._state = shop / "state"
        self._before = {pattern: self._identities(pattern) for pattern in CHANGES}
        command = [str(PROGRAM), "run", "--store", str(shop), "--day", day, *options]
        self._process = subprocess.Popen(
            [*machine.within, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **machine.environment},
            encoding="utf-8",
            start_new_session=True,
        )
        self._started = time.monotonic()
        self._lines: list[str] = []
        self._first_line_seconds = START["start"]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> tuple[int, str]:
        """Wait for the end; the exit code, and all that was printed."""
        code = self._process.wait(LIMIT_SECONDS)
        self._reader.join(LIMIT_SECONDS)
        return code, "".join(self._lines)

    def is_over(self) -> bool:
        """Whether its process has ended."""
        return self._process.poll() is not None

    def goes_on(self, idle_seconds: float) -> None:
        """Let it run on for what would be some seconds on an idle machine, but not beyond its next line."""
        lines, slowness = len(self._lines), max(1.0, self._first_line_seconds / START["start"])
        wait_until(lambda: len(self._lines) > lines or self.is_over(), idle_seconds * slowness)

    def kill(self) -> bool:
        """Kill the night's own process, and see all that it started end by itself; false if it had ended."""
        is_in_time = not self.is_over()
        self._process.kill()
        self._process.wait()
        assert wait_until(lambda: not self._family(), HELPERS_END_SECONDS), self._family()
        return is_in_time

    def kill_helper(self, program: str) -> bool:
        """Kill one of the helpers, once it runs; false if the night ended first."""
        wait_until(lambda: self._helper(program) is not None or self.is_over(), LIMIT_SECONDS)
        if pid := self._helper(program):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid is not None

    def reaches(self, moment: str) -> bool:
        """Wait for a moment of MOMENTS; false if the night ended without it."""
        wait_until(lambda: self._has_reached(moment) or self.is_over(), LIMIT_SECONDS)
        return self._has_reached(moment) and not self.is_over()

    def _helper(self, program: str) -> int | None:
        return next((pid for pid, line in self._family().items() if program in line), None)

    def _family(self) -> dict[int, str]:
        """The night's process and all that it started: their ids and command lines."""
        listed = subprocess.run(
            # whole command lines, however narrow the terminal that the environment tells of
            ["ps", "-A", "-ww", "-o", "pid=,sess=,stat=,args="],  # noqa: S607 (as the user has it)
            check=True,
            capture_output=True,
            text=True,
        )
        rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
        ours = [row for row in rows if row[1] == str(self._process.pid) and not row[2].startswith("Z")]
        return {int(row[0]): row[3] for row in ours}

    def _has_reached(self, moment: str) -> bool:
        if moment in CHANGES:
            return bool(self._identities(moment) - self._before[moment])
        if moment in STAGES:
            return any(line.split()[1:2] == [moment] for line in list(self._lines))
        return moment == "start" or any(line.startswith(moment) for line in list(self._lines))

    def _identities(self, pattern: str) -> set[tuple[str, int, int]]:
        """What is on disk, such that anything written anew is another one."""
        found = set()
        for path in self._state.glob(pattern):
            with contextlib.suppress(OSError):
                stat = path.lstat()
                found.add((path.name, stat.st_ino, stat.st_mtime_ns))
        return found

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if not self._lines:
                self._first_line_seconds = time.monotonic() - self._started
            self._lines.append(line)


def run_night(shop: Path, *options: str, machine: Machine = HERE) -> tuple[int, str]:
    """Run a night to its end; its exit code, and all that it printed."""
    return NightProcess(shop, *options, machine=machine).end()


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Look every two milliseconds; false if it was never so."""
    deadline = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.002)
    return so
