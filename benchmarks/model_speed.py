"""Times training and scoring by the program against plain LightGBM on matrices that are prepared already.

Churn and value of 90 days are trained on the features of past as-of days and score everybody, as in a night;
after it, in the same process, plain LightGBM: the same calls to `lightgbm.train` on the same rows with the
same parameters, so that the same trees grow, and one `booster.predict` per ensemble over whoever is scored.
Plain has no queries, matrices, rules, grades, calibration or reasons. The program grows two sets of trees,
one that is graded and one that scores; *one set* is plain LightGBM for the latter alone. *Describe* is what
a version keeps beside: with what its inputs will be compared, and the picture of its grades.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

# threads that wait busily would make both slower; read when LightGBM is imported
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import duckdb
import lightgbm
from model_night import boosters_of, features_of, night_over

from regulars.models.churn.model import churn
from regulars.models.learning import model as learning_model
from regulars.models.learning.boosting import MOST_TREES, PARAMETERS, STOP_AFTER, THREADS
from regulars.models.learning.matrix import matrix
from regulars.models.learning.model import Model
from regulars.models.learning.pictures import picture
from regulars.models.learning.scoring import SCORED, basis, customers_tonight
from regulars.models.learning.training import Trained, as_json, train
from regulars.models.lifetime_value.model import lifetime_value
from regulars.store.training import Training

TARGETS = {"train and score everybody": 1.25, "score, with reasons": 3.0}
SETTINGS = Training()
MODELS = (churn(SETTINGS), lifetime_value(SETTINGS, 90))
Grown = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Cost:
    """Seconds of this process."""

    wall: float
    cpu: float


def cost_of(work: Callable[[], object]) -> Cost:
    """What a piece of work takes."""
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument(
        "--warehouse", type=Path, required=True, help="build warehouse with features of past days"
    )
    parser.add_argument("--repeat", type=int, default=3, help="how often each is timed, by turns")


def run(arguments: argparse.Namespace) -> None:
    """Print the median seconds of every part, and the ratios."""
    costs: dict[str, list[Cost]] = {}
    with night_over(arguments.warehouse) as connection:
        _say_what_is_there(connection)
        for turn in range(arguments.repeat):
            print(f"turn {turn + 1} of {arguments.repeat}, load {os.getloadavg()[0]:.1f} ...", flush=True)
            for model in MODELS:
                for part, cost in _turn(connection, model).items():
                    costs.setdefault(f"{model.name}: {part}", []).append(cost)
    medians = {
        part: Cost(median(cost.wall for cost in of_part), median(cost.cpu for cost in of_part))
        for part, of_part in costs.items()
    }
    print("\n| seconds, median | wall | CPU |\n|---|---|---|")
    for part, cost in medians.items():
        print(f"| {part} | {cost.wall:.2f} | {cost.cpu:.2f} |")
    print("\n| ratio to plain LightGBM | wall | CPU | allowed |\n|---|---|---|---|")
    ours, same = ("train", "read", "score"), ("plain: the same trees", "plain: predict")
    described = (*ours, "describe")
    one = ("plain: one set of trees", "plain: predict")
    everything = tuple(model.name for model in MODELS)
    for name in (*everything, "both"):
        models = everything if name == "both" else (name,)
        _print_ratio(medians, f"{name}: train and score everybody", models, ours, same)
        _print_ratio(medians, f"{name}: the same, and describe", models, described, same)
        _print_ratio(medians, f"{name}: train and score, to one set of trees", models, ours, one)
        _print_ratio(medians, f"{name}: score, with reasons", models, ("score",), ("plain: predict",))


def _say_what_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    ((days, rows, customers, night),) = connection.sql(
        """
        select count(distinct as_of_date), count(*), (select count(*) from marts.customer_features),
            (select as_of_date from settings.night)
        from intermediate.past_customer_features
        """
    ).fetchall()
    print(f"night of {night}: {customers:,} customers, {rows:,} rows of features at {days} past days")


def _print_ratio(
    medians: dict[str, Cost],
    name: str,
    models: tuple[str, ...],
    ours: tuple[str, ...],
    plain: tuple[str, ...],
) -> None:
    def total(parts: tuple[str, ...], of: Callable[[Cost], float]) -> float:
        return sum(of(medians[f"{model}: {part}"]) for model in models for part in parts)

    wall = total(ours, lambda cost: cost.wall) / total(plain, lambda cost: cost.wall)
    cpu = total(ours, lambda cost: cost.cpu) / total(plain, lambda cost: cost.cpu)
    allowed = TARGETS.get(name.partition(": ")[2], "")
    print(f"| {name} | {wall:.2f} | {cpu:.2f} | {allowed} |")


def _turn(connection: duckdb.DuckDBPyConnection, model: Model) -> dict[str, Cost]:
    """Every part of one model, the program first."""
    trained, frames, grown = [], [], []
    costs = {
        "train": cost_of(lambda: trained.append(_train(connection, model, grown))),
        "describe": cost_of(lambda: _describe(model, trained[0])),
        "read": cost_of(lambda: frames.extend(customers_tonight(connection, model, features_of(SETTINGS)))),
    }
    champion = trained[0].champion
    costs["score"] = cost_of(lambda: model.score(frames, champion))
    if not (ensembles := boosters_of(champion)):
        raise SystemExit(f"{model.name}: {trained[0].result.reason}; there are no trees to compare")
    last = grown[-len(ensembles) :]
    prepared = [
        (boosted.booster, matrix(frame, boosted.features))
        for frame in (
            frame.with_columns(basis=basis(champion, SETTINGS.churn.cold_start_days)).filter(SCORED)
            for frame in frames
        )
        for boosted in ensembles
    ]
    costs["plain: the same trees"] = cost_of(lambda: [_grow(one) for one in grown])
    costs["plain: one set of trees"] = cost_of(lambda: [_grow(one) for one in last])
    costs["plain: predict"] = cost_of(
        lambda: [booster.predict(values, num_threads=THREADS) for booster, values in prepared]
    )
    return costs


def _train(connection: duckdb.DuckDBPyConnection, model: Model, grown: list[Grown]) -> Trained:
    """Train as a night does, and note of what the trees were grown."""
    boost = learning_model.boost

    def noting(*values: Any, **named: Any) -> Any:  # noqa: ANN401 (whatever it is)
        grown.append((values, named))
        return boost(*values, **named)

    ((tonight,),) = connection.sql("select as_of_date from settings.night").fetchall()
    features = features_of(SETTINGS)
    with patch.object(learning_model, "boost", noting):
        return train(connection, model, features, tonight=tonight)


def _describe(model: Model, trained: Trained) -> None:
    as_json(model, trained, features_of(SETTINGS))
    picture(trained.result, model.name, is_probability=model.figure == "probability")


def _grow(grown: Grown) -> lightgbm.Booster:
    """Plain LightGBM: what `boost` asks it, and nothing else."""
    (values, outcome), named = grown
    learned = lightgbm.Dataset(values, outcome, feature_name=list(named["features"]))
    return lightgbm.train(
        PARAMETERS | {"objective": named["objective"]},
        learned,
        MOST_TREES,
        valid_sets=[learned.create_valid(named["choosing_values"], named["choosing_outcome"])],
        callbacks=[lightgbm.early_stopping(STOP_AFTER, verbose=False)],
    )
