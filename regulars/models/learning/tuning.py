"""With which parameters trees grow best: a budget of trials, judged by customers that are there to choose by.

optuna is imported when it is needed: it is an extra (`tuning`), and most stores have no use for it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from regulars.models.learning.boosting import PARAMETERS, SEED, Parameters

if TYPE_CHECKING:
    import optuna

# lowest and highest, each tried by its logarithm but for the share of features
WHOLE: Mapping[str, tuple[int, int]] = {"num_leaves": (7, 127), "min_data_in_leaf": (20, 500)}
BROKEN: Mapping[str, tuple[float, float]] = {"learning_rate": (0.02, 0.2), "lambda_l2": (0.1, 50.0)}
SHARE = "feature_fraction"
LEAST_SHARE = 0.3


def best_parameters(loss: Callable[[Parameters], float], trials: int) -> Parameters:
    """Those of so many trials with the least loss, of which the usual parameters are the first.

    Trials follow one another, and the same losses give the same trials (tree-structured Parzen estimator:
    Bergstra et al. 2011).
    """
    import optuna  # noqa: PLC0415

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED))
    study.enqueue_trial({name: PARAMETERS[name] for name in (*WHOLE, *BROKEN, SHARE)})
    study.optimize(lambda trial: loss(_suggested(trial)), n_trials=trials)
    return dict(study.best_params)


def _suggested(trial: "optuna.Trial") -> Parameters:
    whole = {name: trial.suggest_int(name, low, high, log=True) for name, (low, high) in WHOLE.items()}
    broken = {name: trial.suggest_float(name, low, high, log=True) for name, (low, high) in BROKEN.items()}
    return whole | broken | {SHARE: trial.suggest_float(SHARE, LEAST_SHARE, 1.0)}
