"""The Dagster web UI of one store: the processes behind it, started and ended together.

They share one code server, because Dagster's daemon would otherwise import the store anew every minute.
Beside them the report is served, because a page of the network may not link to a file.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.markup import escape

from regulars.orchestration.nightly import Nightly
from regulars.orchestration.tables import REPORT_ADDRESS
from regulars.store.errors import UserError

LOOPBACK = "127.0.0.1"
START_SECONDS = 180
# a night in progress gets this long to say that it was stopped
END_SECONDS = 15
# Ctrl+C, a service manager, a closed terminal
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MODULE = "regulars.orchestration.location"

Processes = dict[str, subprocess.Popen[bytes]]


def serve(nightly: Nightly, port: int, console: Console) -> None:
    """Run the web server, the daemon, their code server and the report until one ends or a signal arrives.

    Raises:
        UserError: The port is taken.
        RuntimeError: One of the processes ended by itself.
    """
    _check_port(port)
    from regulars.orchestration.execution import environment, forget_dead_runs  # noqa: PLC0415 (a second)

    name = nightly.store.settings.name
    console.print(f"starting the Dagster UI of {escape(nightly.store.settings.title)}", highlight=False)
    report_port = _free_port()
    report = f"http://{LOOPBACK}:{report_port}/"
    variables = os.environ | environment(nightly) | {REPORT_ADDRESS: report}
    forget_dead_runs(nightly)
    log = Path(variables["DAGSTER_HOME"]) / "ui.log"
    with (
        log.open("wb") as output,
        TemporaryDirectory(prefix="regulars-") as folder,
        _ended_together() as processes,
    ):
        at = Path(folder) / "code"
        workspace = Path(folder) / "workspace.yaml"
        load_from = [{"grpc_server": {"socket": str(at), "location_name": name}}]
        workspace.write_text(json.dumps({"load_from": load_from}), "utf-8")

        def start(what: str, *command: str) -> None:
            arguments = [str(Path(sys.executable).parent / command[0]), *command[1:]]
            processes[what] = subprocess.Popen(  # noqa: S603 (Dagster's programs of this environment)
                arguments,
                env=variables,
                cwd=variables["DAGSTER_HOME"],
                stdout=output,
                stderr=output,
                process_group=0,
            )

        quiet = ["--log-level", "warning"]
        start("code server", "dagster", "code-server", "start", "-m", MODULE, "--socket", str(at), *quiet)
        _wait(processes, at.exists, log)
        where = ["-h", LOOPBACK, "-p", str(port), "--dagster-log-level", "warning"]
        start("web server", "dagster-webserver", "-w", str(workspace), *where)
        start("daemon", "dagster-daemon", "run", "-w", str(workspace), *quiet)
        pages = ["--bind", LOOPBACK, "--directory", str(nightly.report.link), str(report_port)]
        start("report", "python", "-m", "http.server", *pages)
        _wait(processes, lambda: _answers(port), log)
        console.print(f"http://{LOOPBACK}:{port} is open; Ctrl+C ends it", highlight=False)
        console.print(f"{report} has the report of the version in force", highlight=False)
        _wait(processes, lambda: False, log, limit_seconds=float("inf"))


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise UserError(
                f"port {port} cannot be used: {error.strerror}",
                remedy="end what uses it, or name another with --port",
            ) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def _wait(
    processes: Processes, is_done: Callable[[], bool], log: Path, *, limit_seconds: float = START_SECONDS
) -> None:
    """Wait until `is_done`, while every process lives."""
    limit = time.monotonic() + limit_seconds
    while not is_done():
        for what, process in processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"the UI's {what} ended with code {process.returncode}; see {log}")
        if time.monotonic() > limit:
            raise RuntimeError(f"the UI did not start within {limit_seconds} seconds; see {log}")
        time.sleep(0.2)


@contextmanager
def _ended_together() -> Iterator[Processes]:
    """Processes that lead a group each; when this ends, so do they and everything they started."""
    processes: Processes = {}
    for number in ENDINGS:
        signal.signal(number, signal.default_int_handler)
    try:
        yield processes
    except KeyboardInterrupt:
        pass
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        _signal(processes, signal.SIGTERM)
        limit = time.monotonic() + END_SECONDS
        while _signal(processes, 0) and time.monotonic() < limit:
            time.sleep(0.1)
        _signal(processes, signal.SIGKILL)


def _signal(processes: Processes, number: int) -> bool:
    """Signal the groups of the processes; whether any of them still has a member."""
    alive = False
    for process in processes.values():
        process.poll()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
            alive = True
    return alive
