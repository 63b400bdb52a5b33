"""Times whole nights as a user runs them, each as its own process, so that imports count.

    .venv/bin/python benchmarks/night.py [--size 20k|200k|1m] [--repeat N] [--json FILE]

Without a size the nights of the Complete Journey are timed: a first, the next, the same again although
nothing is new, and one that is found to stand. With a size, those of a simulated store of so many customers
over 18 months, or over 3 months of a million. It is made once and kept under benchmarks/stores; the files of
its last day arrive before the next night. Prints wall and CPU seconds, and of each stage its seconds, rows a
second and peak memory of all processes; the load average stands beside, because machines are noisy.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
REAL_STORE, DEMO_STORE = ROOT / "stores" / "complete_journey", ROOT / "stores" / "demo"
SIMULATED = Path(__file__).parent / "stores"
# customers and days; eighteen months of a million customers would take hours to land for the first time
SIZES = {"20k": (20_000, 548), "200k": (200_000, 548), "1m": (1_000_000, 92)}
PROGRAM = Path(sys.executable).parent / "regulars"
TARGET_SECONDS = {("real", "first night"): 60, ("real", "next night"): 25, ("real", "nothing new"): 20}
# looking at every process takes milliseconds of the cores that are being timed
SAMPLE_SECONDS = 0.25
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass
class Stage:
    """One stage of a night; rows are those it wrote."""

    name: str
    seconds: float
    rows: int | None
    peak_mb: int


@dataclass
class Night:
    """What one process cost."""

    wall_seconds: float = 0
    cpu_seconds: float = 0
    peak_mb: int = 0
    load: float = 0
    stages: list[Stage] = field(default_factory=list)


def main() -> None:
    """Run the nights `--repeat` times and print the run of median wall time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", choices=SIZES, help="customers of a simulated store; else the real one")
    parser.add_argument("--repeat", type=int, default=1, help="how often each night is timed")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    kind = arguments.size or "real"
    source = simulated_store(arguments.size) if arguments.size else REAL_STORE
    figures: dict[str, list[Night]] = {}
    for _ in range(arguments.repeat):
        with tempfile.TemporaryDirectory(dir=SIMULATED if arguments.size else None) as folder:
            store = copy_of_store(source, Path(folder))
            for name, day in nights_of(source, kind).items():
                deliver(source, store, before=str(date.fromisoformat(day) + timedelta(days=1)))
                again = ["--again"] if name == "nothing new" else []
                command = [PROGRAM, "run", "--store", store, "--day", day, *again]
                figures.setdefault(name, []).append(timed(command))
    for name, runs in figures.items():
        print_night(kind, name, runs)
    if arguments.json:
        plain = {name: [asdict(run) for run in runs] for name, runs in figures.items()}
        arguments.json.write_text(json.dumps(plain, indent=2) + "\n", "utf-8")


def nights_of(store: Path, kind: str) -> dict[str, str]:
    """The nights that are timed, by name."""
    if kind == "real":
        return {
            "first night": "2017-12-30",
            "next night": "2017-12-31",
            "nothing new": "2017-12-31",
            "repeated": "2017-12-31",
        }
    last = date.fromisoformat((store / "simulation" / "last_day").read_text("utf-8").strip())
    return {"first night": str(last - timedelta(days=1)), "next night": str(last)}


def simulated_store(size: str) -> Path:
    """The simulated store of that size; made if it is not there, and the seconds it took printed."""
    store = SIMULATED / size
    customers, days = SIZES[size]
    if not (store / "simulation" / "last_day").exists():
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(DEMO_STORE, store, ignore=shutil.ignore_patterns("state", "exports", "simulation"))
        size_of = ["--customers", str(customers), "--days", str(days), "--seed", "1"]
        made = timed([PROGRAM, "simulate", "--store", store, *size_of])
        print(
            f"simulated {customers:,} customers, {days} days: {made.wall_seconds:.0f} s wall,"
            f" {made.cpu_seconds:.0f} s CPU, {made.peak_mb:,} MB peak, load {made.load:.1f}"
        )
    return store


def copy_of_store(source: Path, folder: Path) -> Path:
    """The store's configuration, without exports and state."""
    store = folder / "store"
    shutil.copytree(source, store, ignore=shutil.ignore_patterns("state", "exports", "truth"))
    return store


def deliver(source: Path, store: Path, *, before: str) -> None:
    """Link the exports of `source` into `store`, but those of a simulated `before` or later."""
    for export in (path for path in (source / "exports").rglob("*") if path.is_file()):
        link = store / "exports" / export.relative_to(source / "exports")
        day = DAY.search(export.name)
        if not link.exists() and (day is None or day[0] < before):
            link.parent.mkdir(parents=True, exist_ok=True)
            # no symbolic link, because a file that lies outside of the exports is refused
            try:
                link.hardlink_to(export)
            except OSError:
                shutil.copy2(export, link)


def timed(command: list[str | Path]) -> Night:
    """Run a command, and follow its stages and its memory while it runs."""
    night, started = Night(), time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    peaks = Peaks(process.pid)
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith("  ✓"):
            night.stages.append(stage_of(line, peaks.since_last()))
    if process.wait():
        raise SystemExit(f"{''.join(said)}{' '.join(map(str, command))} ended with code {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    night.wall_seconds = round(time.monotonic() - started, 1)
    night.cpu_seconds = round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1)
    night.peak_mb, night.load = peaks.end(), os.getloadavg()[0]
    return night


def stage_of(line: str, peak_mb: int) -> Stage:
    """A line such as `  ✓ landing   1,571,130 rows   7.7 s`."""
    words = line.replace(",", "").split()
    rows = int(words[words.index("rows") - 1]) if "rows" in words else None
    return Stage(words[1], float(words[-2]), rows, peak_mb)


class Peaks:
    """The most memory that the processes of a session hold together, sampled."""

    def __init__(self, session: int) -> None:
        self._session, self._peak, self._whole, self._done = session, 0, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def since_last(self) -> int:
        """Megabytes since the last call."""
        peak, self._peak = self._peak, 0
        return peak

    def end(self) -> int:
        """Megabytes since the beginning; ends the sampling."""
        self._done.set()
        self._thread.join()
        return self._whole

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            now = sum(map(resident_mb, members(self._session)))
            self._peak, self._whole = max(self._peak, now), max(self._whole, now)


def members(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            # the name in brackets may hold blanks; the session is the fourth field behind it
            if (
                path.name.isdigit()
                and int((path / "stat").read_text().rpartition(")")[2].split()[3]) == session
            ):
                found.append(int(path.name))
        except OSError:
            continue
    return found


def resident_mb(process: int) -> int:
    """Resident memory of a process; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() // 2**20


def print_night(kind: str, name: str, runs: list[Night]) -> None:
    """One kind of night: the run of median wall time, its target, and its stages as a table."""
    wall = median(run.wall_seconds for run in runs)
    run = min(runs, key=lambda run: abs(run.wall_seconds - wall))
    print(f"\n{kind}, {name}: {run.wall_seconds:.1f} s wall, {run.cpu_seconds:.1f} s CPU, ", end="")
    print(f"{run.peak_mb:,} MB peak, load {run.load:.1f}", end="")
    target = TARGET_SECONDS.get((kind, name))
    print(f"; target {target} s {'met' if wall <= target else 'MISSED'}" if target else "")
    print("\n| stage | seconds | rows | rows/s | peak MB |\n|---|---|---|---|---|")
    for stage in run.stages:
        rows = f"{stage.rows:,}" if stage.rows else ""
        speed = f"{stage.rows / stage.seconds:,.0f}" if stage.rows and stage.seconds else ""
        print(f"| {stage.name} | {stage.seconds} | {rows} | {speed} | {stage.peak_mb:,} |")
    outside = run.wall_seconds - sum(stage.seconds for stage in run.stages)
    print(f"| before the first stage and after the last | {outside:.1f} | | | |")


if __name__ == "__main__":
    main()
