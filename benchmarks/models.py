"""Grades the statistical models of docs/models.md by real runs of the program.

    .venv/bin/python benchmarks/models.py cdnow
    .venv/bin/python benchmarks/models.py journey [--horizon 56]
    .venv/bin/python benchmarks/models.py truth --store DIR [--warehouse FILE]
    .venv/bin/python benchmarks/models.py speed --warehouse FILE [--repeat N]
    .venv/bin/python benchmarks/models.py drift [--seeds N ...] [--customers N]
    .venv/bin/python benchmarks/models.py tuning --warehouse FILE [--trials N] [--rows N]

`cdnow` fits BG/NBD to the customers of its paper. `journey` runs a night of the Complete Journey in a copy of
its store that lets so few households be learned from, and prints how every method was graded. The
other parts say in `model_truth`, `model_speed`, `model_drift` and `model_tuning` what they do.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import model_drift
import model_speed
import model_truth
import model_tuning
import polars as pl

from regulars.models.baselines.bg_nbd import fit_bg_nbd

ROOT = Path(__file__).parents[1]
CDNOW = ROOT / "tests" / "unit" / "models" / "baselines" / "cdnow.csv"
REAL_STORE, REAL_LAST_DAY = ROOT / "stores" / "complete_journey", "2017-12-31"
PROGRAM = Path(sys.executable).parent / "regulars"
# 2,469 households are fewer than a store is asked for, and few of them ever leave
SETTINGS = """
training:
  least_active_customers: 500
  least_outcomes: 50
  churn: {{horizon_days: {horizon}}}
"""
COLUMNS = {
    "churn": ("log_loss", "auc", "calibration_error"),
    "lifetime_value_90d": ("tweedie_deviance", "rank_correlation", "calibration_error"),
}


def main() -> None:
    """Run the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("cdnow", help="BG/NBD on the customers of its paper")
    journey_options = parts.add_parser("journey", help="all methods on the households of a real store")
    journey_options.add_argument(
        "--horizon", type=int, default=56, help="days without an order that are churn"
    )
    truth_options = parts.add_parser("truth", help=model_truth.__doc__.split("\n")[0])
    model_truth.add_options(truth_options)
    speed_options = parts.add_parser("speed", help=model_speed.__doc__.split("\n")[0])
    model_speed.add_options(speed_options)
    drift_options = parts.add_parser("drift", help=model_drift.__doc__.split("\n")[0])
    model_drift.add_options(drift_options)
    tuning_options = parts.add_parser("tuning", help=model_tuning.__doc__.split("\n")[0])
    model_tuning.add_options(tuning_options)
    arguments = parser.parse_args()
    if arguments.part == "cdnow":
        cdnow()
    elif arguments.part == "journey":
        journey(arguments.horizon)
    else:
        parts_elsewhere = {
            "truth": model_truth,
            "speed": model_speed,
            "drift": model_drift,
            "tuning": model_tuning,
        }
        parts_elsewhere[arguments.part].run(arguments)


def cdnow() -> None:
    """Print the parameters, in weeks, and the log likelihood."""
    customers = pl.read_csv(CDNOW).rename(
        {"recency_weeks": "recency_days", "observed_weeks": "observed_days"}
    )
    started = time.perf_counter()
    model = fit_bg_nbd(customers)
    print(
        f"{customers.height:,} customers: r {model.r:.3f}, alpha {model.alpha:.3f} weeks, a {model.a:.3f},"
        f" b {model.b:.3f}, log likelihood {model.log_likelihood:.1f};"
        f" fitted in {time.perf_counter() - started:.2f} s"
    )


def journey(horizon: int) -> None:
    """Run the last night of the store's year, and print what it says of every model."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        shutil.copytree(REAL_STORE, store, ignore=shutil.ignore_patterns("state"))
        subprocess.run([sys.executable, store / "get_exports.py"], check=True, stdout=subprocess.DEVNULL)
        with (store / "store.yml").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(horizon=horizon))
        print(f"running the night of {REAL_LAST_DAY} ...", file=sys.stderr, flush=True)
        night = subprocess.run(
            [PROGRAM, "run", "--store", store, "--day", REAL_LAST_DAY],
            capture_output=True,
            text=True,
            check=False,
        )
        if night.returncode:
            raise SystemExit(f"{night.stdout}{night.stderr}the night ended with code {night.returncode}")
        published = store / "state" / "published" / "current" / "regulars.duckdb"
        with duckdb.connect(str(published), read_only=True) as connection:
            metrics = connection.sql("select * from model_metrics order by model, method").pl()
            versions = connection.sql("select * from model_versions order by model").pl()
    for model, columns in COLUMNS.items():
        print(f"\n{table_of(metrics.filter(pl.col('model') == model), columns)}")
    print()
    for row in versions.iter_rows(named=True):
        print(f"{row['model']}: {row['status']} {row['method']}, horizon {row['horizon_days']} days")
        print(f"  learned from {row['learned_from_date']} to {row['learned_to_date']}: {row['reason']}")


def table_of(metrics: pl.DataFrame, columns: tuple[str, ...]) -> str:
    """A Markdown table of one model: a row per method, by rising loss, with 95 % bootstrap intervals."""
    values = {(row["method"], row["metric"]): row for row in metrics.iter_rows(named=True)}
    methods = sorted({method for method, _ in values}, key=lambda method: values[method, columns[0]]["value"])
    model, graded = metrics["model"][0], metrics["graded_date"][0]
    lines = [f"| {model}, graded on {graded} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {method} | {' | '.join(_cell(values[method, column]) for column in columns)} |"
        for method in methods
    ]
    return "\n".join(lines)


def _cell(row: dict[str, float]) -> str:
    digits = 4 if abs(row["value"]) < 1 else 2
    return f"{row['value']:.{digits}f} ({row['low']:.{digits}f} to {row['high']:.{digits}f})"


if __name__ == "__main__":
    main()
