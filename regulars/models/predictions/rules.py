"""Every kind of rule that a version may hold, to read it back."""

from typing import Any

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.baselines.mean_table import MeanTable
from regulars.models.baselines.order_process import NoOrder, OrdersTimesAmount
from regulars.models.learning.calibration import Calibration
from regulars.models.learning.matrix import features_hash
from regulars.models.learning.predictors import Predictor, Rule, Trees
from regulars.models.learning.registry import ModelError
from regulars.models.lifetime_value.two_stages import TwoStages

RULES: dict[str, type[Rule]] = {
    rule.kind: rule for rule in (Trees, TwoStages, MeanTable, LastPeriod, NoOrder, OrdersTimesAmount)
}


def predictor_of(content: dict[str, Any]) -> Predictor:
    """The predictor that a version holds.

    Raises:
        ModelError: It was trained on features that mean something else now, or is of another release.
    """
    if content["features_hash"] != features_hash(content["features"]):
        raise ModelError(
            f"{content['model']}: the catalogue of features says something else now than when it was trained"
        )
    told = dict(content["rule"])
    if (kind := told.pop("kind")) not in RULES:
        raise ModelError(f"{content['model']}: no rule of this release is called {kind}")
    return Predictor(
        content["method"], RULES[kind].of_json(told), Calibration.of_json(content["calibration"])
    )
