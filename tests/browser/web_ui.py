"""The program `regulars ui` as its user starts it, and the questions that tests put to it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars.orchestration.nightly import Nightly

# what the UI starts inherits it
MARK = "UI_UNDER_TEST"
PROGRAM = str(Path(sys.executable).parent / "regulars")
START_SECONDS = 120
RUN_SECONDS = 180
END_SECONDS = 30

LAUNCH = """
mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
RUNS = "{ runsOrError { ... on Runs { results { runId } } } }"
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"


@dataclass(frozen=True)
class WebUi:
    """A running UI: its store, its port and the process that the user started."""

    nightly: Nightly
    port: int
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: object) -> Any:  # noqa: ANN401 (the answer's shape is the query's)
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.address}/graphql", body, headers)  # noqa: S310 (loopback)
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 (loopback)
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch(self, day: str) -> str:
        """Start the night of a day as the page's Launch button does."""
        job = {
            "repositoryLocationName": self.nightly.store.settings.name,
            "repositoryName": "__repository__",
            "jobName": "nightly",
        }
        parameters = {
            "selector": job,
            "runConfigData": "{}",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": day}]},
        }
        launched = self.ask(LAUNCH, parameters=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def status(self, run: str) -> str:
        return str(self.ask(STATUS, run=run)["runOrError"]["status"])

    def runs(self) -> list[str]:
        """Every run, newest first."""
        return [run["runId"] for run in self.ask(RUNS)["runsOrError"]["results"]]

    def outcome(self, run: str) -> str:
        """How a run ended; waits for it."""
        limit = time.monotonic() + RUN_SECONDS
        while (status := self.status(run)) not in ("SUCCESS", "FAILURE", "CANCELED"):
            assert time.monotonic() < limit, f"{status} after {RUN_SECONDS} seconds"
            time.sleep(1)
        return status

    def processes(self) -> list[int]:
        """Every process of the UI that lives, whoever its parent is now."""
        mark = f"{MARK}={self.port}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (path / "environ").read_bytes():
                    found.append(int(path.name))
        return found

    def listening_addresses(self) -> set[str]:
        """The addresses, as the kernel writes them, on which processes of the store take connections."""
        sockets = set()
        for process in self.processes():
            for descriptor in Path(f"/proc/{process}/fd").glob("*"):
                with suppress(OSError):
                    sockets.update(re.findall(r"socket:\[(\d+)\]", str(descriptor.readlink())))
        rows = [
            row.split()
            for table in ("tcp", "tcp6")
            for row in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
        ]
        return {
            address for _, address, _, state, *_, inode in rows_of(rows) if state == "0A" and inode in sockets
        }

    def end(self, number: int) -> None:
        """Signal the process that the user started, and wait for it."""
        self.process.send_signal(number)
        self.process.wait(END_SECONDS)


def rows_of(rows: list[list[str]]) -> Iterator[list[str]]:
    """Number, local address, remote address, state and inode of each connection."""
    for row in rows:
        yield [*row[:4], row[9]]


@contextmanager
def opened(nightly: Nightly) -> Iterator[WebUi]:
    """The UI of a store, from its start until nothing of it is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PROGRAM, "ui", "--store", str(nightly.store.folder), "--port", str(port)]
    mark = os.environ | {MARK: str(port)}
    with subprocess.Popen(command, env=mark, stdout=subprocess.PIPE, text=True) as process:
        ui = WebUi(nightly, port, process)
        try:
            wait_until_open(ui)
            yield ui
        finally:
            with suppress(subprocess.TimeoutExpired):
                ui.end(signal.SIGTERM)
            for left in ui.processes():
                os.kill(left, signal.SIGKILL)
            process.kill()


def wait_until_open(ui: WebUi) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        assert ui.process.poll() is None, "the UI ended by itself"
        assert time.monotonic() < limit, f"the UI did not answer within {START_SECONDS} seconds"
        with suppress(OSError):
            ui.ask("{ version }")
            return
        time.sleep(0.2)
