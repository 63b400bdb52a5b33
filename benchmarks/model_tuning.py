"""Whether trying ways to grow trees helps: usual and tuned trees on customers that neither was chosen by.

A build warehouse with features of past days is only read. Both are fitted, calibrated and graded as a night
does; seconds are those of the process, beside whatever else runs.
"""

import argparse
import time
from pathlib import Path

import duckdb
from model_night import features_of, night_over

from regulars.models.churn.model import churn
from regulars.models.learning.contest import LOSSES, SEED, TREES
from regulars.models.learning.grading import resampled_mean
from regulars.models.learning.model import Model
from regulars.models.learning.training import Trained, train
from regulars.models.lifetime_value.model import lifetime_value
from regulars.models.purchase_propensity.model import purchase_propensity, top_categories
from regulars.store.training import Training


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument(
        "--warehouse", type=Path, required=True, help="build warehouse with features of past days"
    )
    parser.add_argument("--trials", type=int, default=20, help="how many ways are tried")
    parser.add_argument("--rows", type=int, default=250_000, help="the most customers to learn from")


def run(arguments: argparse.Namespace) -> None:
    """Print for each model the losses on the grading day, their difference and what it cost."""
    settings = Training(most_rows=arguments.rows)
    with night_over(arguments.warehouse) as connection:
        models = [churn(settings), lifetime_value(settings, 90)]
        models += [purchase_propensity(settings, name) for name in top_categories(connection, 1)]
        print("| model | loss | usual | tuned | better by | CPU s | tuned |\n|---|---|---|---|---|---|---|")
        for model in models:
            _compare(connection, model, features_of(settings), arguments.trials)


def _compare(
    connection: duckdb.DuckDBPyConnection, model: Model, features: tuple[str, ...], trials: int
) -> None:
    (usual, took), (tuned, took_more) = (_train(connection, model, features, of) for of in (0, trials))
    before, after = (one.result.grade(TREES).losses for one in (usual, tuned))
    better = resampled_mean(before - after, seed=SEED)
    print(
        f"| {model.name}, {len(before):,} customers | {LOSSES[model.figure]} | {before.mean():.5f} |"
        f" {after.mean():.5f} | {better.value:.5f} ({better.low:.5f} to {better.high:.5f}) |"
        f" {took:.0f} | {took_more:.0f} |\n<!-- {tuned.parameters} -->",
        flush=True,
    )


def _train(
    connection: duckdb.DuckDBPyConnection, model: Model, features: tuple[str, ...], trials: int
) -> tuple[Trained, float]:
    """A training, and the seconds of CPU that it took."""
    ((tonight,),) = connection.sql("select as_of_date from settings.night").fetchall()
    started = time.process_time()
    trained = train(connection, model, features, tonight=tonight, trials=trials)
    return trained, time.process_time() - started
