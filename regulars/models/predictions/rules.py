"""Every kind of rule that a version may hold, to read it back."""

from collections.abc import Collection
from typing import Any

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.baselines.mean_table import MeanTable
from regulars.models.baselines.order_process import NoOrder, OrdersTimesAmount
from regulars.models.learning.calibration import Calibration
from regulars.models.learning.matrix import features_hash
from regulars.models.learning.model import Model
from regulars.models.learning.predictors import Predictor, Rule, Trees
from regulars.models.learning.registry import ModelError
from regulars.models.lifetime_value.two_stages import TwoStages
from regulars.store.features import catalogue

RULES: dict[str, type[Rule]] = {
    rule.kind: rule for rule in (Trees, TwoStages, MeanTable, LastPeriod, NoOrder, OrdersTimesAmount)
}


def predictor_of(content: dict[str, Any], model: Model, usable: Collection[str]) -> Predictor:
    """The predictor that a version of `model` holds, made of `usable` features alone.

    Raises:
        ModelError: It answers another question than the store asks now, was trained on features that mean
            something else now or may no longer enter, or is of another release.
    """
    try:
        _check_question(content, model)
        _check_features(content, usable)
        told = dict(content["rule"])
        if (kind := told.pop("kind")) not in RULES:
            raise ModelError(f"{model.name}: no rule of this release is called {kind}")
        return Predictor(
            content["method"], RULES[kind].of_json(told), Calibration.of_json(content["calibration"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{model.name}: it is written as another release does: {type(error).__name__} {error}"
        ) from error


def _check_question(content: dict[str, Any], model: Model) -> None:
    asked = {"horizon_days": model.horizon_days, "population": model.population, "about": model.about}
    # a version of an earlier release is about nothing that its name does not say
    told = {"about": ""} | content
    for name, value in asked.items():
        if told[name] != value:
            raise ModelError(
                f"{model.name}: it was trained for {name} {told[name]}, and the store says {value} now"
            )


def _check_features(content: dict[str, Any], usable: Collection[str]) -> None:
    known = catalogue()
    if gone := [name for name in content["features"] if name not in known]:
        raise ModelError(f"{content['model']}: the catalogue has no feature {', '.join(gone)} any more")
    if banned := [name for name in content["features"] if name not in usable]:
        more = f" and {len(banned) - 1} more" if banned[1:] else ""
        raise ModelError(f"{content['model']}: store.yml no longer lets it learn from {banned[0]}{more}")
    if content["features_hash"] != features_hash(content["features"]):
        raise ModelError(
            f"{content['model']}: the catalogue has another type or context of a feature than in training"
        )
