"""The one door to Great Expectations: a worker process that runs gates for the night.

Importing Great Expectations takes 4 to 8 seconds and 250 MB, so the night never does it: one worker is
started at the very beginning and imports while landing works. It is a plain program that reads requests
from its standard input and answers on its standard output. A process pool would import the night's main
program, and with it the orchestration, a second time.
Not here: what is checked (suites) and what a failed gate means for the night (orchestration).
"""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from regulars.data_quality.report import CheckResult, GateReport

Gate = Literal["landing", "marts", "decisions", "action_lists"]

GATE_LIMIT_SECONDS = 3600
PAGES_LIMIT_SECONDS = 60
_NO_CONTEXT: Mapping[str, object] = MappingProxyType({})


class GateError(RuntimeError):
    """A gate could not run. It counts as failed: nothing behind it may be published."""


class Worker:
    """One process that has imported Great Expectations; it ends when its standard input does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "regulars.data_quality.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "GX_ANALYTICS_ENABLED": "False"},
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Raises:
            GateError: the worker died, or did not answer within `GATE_LIMIT_SECONDS`.
        """
        assert self._process.stdin is not None  # noqa: S101  # Popen promises both for PIPE
        assert self._process.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], GATE_LIMIT_SECONDS)[0]:
            self._process.kill()
        answer = self._process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise GateError(
                f"gate {request['gate']}: its worker {self.pid} ended with code {self._process.wait()} "
                "before it answered (out of memory, killed, or over the time limit)"
            )
        decoded: dict[str, Any] = json.loads(answer)
        return decoded

    def close(self) -> None:
        """End the process; waits for it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        try:
            self._process.wait(timeout=PAGES_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = threading.RLock()
_workers: list[Worker] = []


def warm_up() -> Worker:
    """Start the worker unless it runs already; returns at once, while the worker imports."""
    with _lock:
        if not (_workers and _workers[0].is_alive):
            close()
            _workers.append(Worker())
        return _workers[0]


def close() -> None:
    """End the worker, if there is one."""
    with _lock:
        while _workers:
            _workers.pop().close()


atexit.register(close)


def run_gate(
    gate: Gate, *, warehouse: Path, site: Path, as_of: date, context: Mapping[str, object] = _NO_CONTEXT
) -> GateReport:
    """Run the suite of a border over the warehouse; the pages that show the results follow a little later.

    Args:
        gate: The border.
        warehouse: DuckDB file; nobody may have it open for writing.
        site: Folder for the pages of the night's results.
        as_of: The night.
        context: JSON-like facts that are not in the warehouse. Gates `decisions` and `action_lists` need
            `channels`, the content of channels.yml; `action_lists` takes `required_columns`, the columns of
            each list that must be filled (`{"email": ["decision_id", "email"]}`).

    Raises:
        GateError: the gate could not run, whatever the reason, or checked nothing.
    """
    request = {
        "gate": gate,
        "warehouse": str(warehouse.resolve()),
        "site": str(site.resolve()),
        "as_of": as_of.isoformat(),
        "context": dict(context),
    }
    with _lock:
        answer = warm_up().ask(request)
    if "error" in answer:
        raise GateError(f"gate {gate}: {answer['error']}")
    if not answer["results"]:
        raise GateError(f"gate {gate} checked nothing, which is no pass")
    results = tuple(CheckResult(**{**row, "as_of_date": as_of}) for row in answer["results"])
    return GateReport(gate=gate, as_of_date=as_of, results=results, data_docs=Path(answer["data_docs"]))
