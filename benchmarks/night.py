"""Times whole nights of the real store as a user runs them: a first, the next, and one with nothing new.

    .venv/bin/python benchmarks/night.py [--repeat N] [--json FILE]

Each night is its own process, so that imports count. Prints wall and CPU seconds, peak memory of the largest
process, and the seconds of each stage; the load average stands beside because machines are noisy.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

REAL_STORE = Path(__file__).parents[1] / "stores" / "complete_journey"
NIGHTS = {"first night": "2017-12-30", "next night": "2017-12-31", "nothing new": "2017-12-31"}
TARGET_SECONDS = {"first night": 60, "next night": 25, "nothing new": 20}


def main() -> None:
    """Run the nights `--repeat` times and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=1, help="how often each night is timed")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    figures: dict[str, list[dict[str, Any]]] = {name: [] for name in NIGHTS}
    for _ in range(arguments.repeat):
        with tempfile.TemporaryDirectory() as folder:
            store = copy_of_store(Path(folder))
            for name, day in NIGHTS.items():
                figures[name].append(timed_night(store, day))
    for name, runs in figures.items():
        print_row(name, runs)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def copy_of_store(folder: Path) -> Path:
    """The store's configuration with links to its exports, and no state."""
    store = folder / "store"
    shutil.copytree(REAL_STORE, store, ignore=shutil.ignore_patterns("state", "exports"))
    (store / "exports").mkdir()
    for export in (REAL_STORE / "exports").iterdir():
        (store / "exports" / export.name).symlink_to(export)
    return store


def timed_night(store: Path, day: str) -> dict[str, Any]:
    """Run one night and return what it cost."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [Path(sys.executable).parent / "regulars", "run", "--store", store, "--day", day]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": round(after.ru_maxrss / 1024),
        "load": os.getloadavg()[0],
        "stages": [line.strip() for line in done.stdout.splitlines() if line.startswith("  ✓")],
    }


def print_row(name: str, runs: list[dict[str, Any]]) -> None:
    """One kind of night: medians, its target, and the stages of its last run."""
    wall, cpu = (median(run[key] for run in runs) for key in ("wall_seconds", "cpu_seconds"))
    peak, load = max(run["peak_mb"] for run in runs), runs[-1]["load"]
    verdict = "met" if wall <= TARGET_SECONDS[name] else "MISSED"
    print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU, {peak} MB peak, load {load:.1f};", end=" ")
    print(f"target {TARGET_SECONDS[name]} s {verdict}")
    for stage in runs[-1]["stages"]:
        print(f"    {stage}")


if __name__ == "__main__":
    main()
