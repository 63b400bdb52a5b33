import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from regulars.models.churn.model import churn
from regulars.models.learning.boosting import PARAMETERS, Parameters
from regulars.models.learning.contest import Fit
from regulars.models.learning.training import Trained, as_json, train
from regulars.models.learning.tuning import best_parameters
from regulars.store.training import Training
from tests.unit.models.made_up_shop import NIGHT, Shop, execute

FEATURES = ("visit_count_30d", "days_since_last_order", "order_count")
ASKED = churn(Training(most_rows=8_000))
TUNED = {"num_leaves", "min_data_in_leaf", "learning_rate", "lambda_l2", "feature_fraction"}


def quick(features: Sequence[str], customers: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
    methods = ASKED.methods(features, customers)
    return {name: methods[name] for name in ("trees", "recency")}


CHURN = replace(ASKED, methods=quick)


def trained(shop: Shop, trials: int) -> Trained:
    with shop.warehouse.connect() as connection:
        return train(connection, CHURN, FEATURES, tonight=NIGHT, trials=trials)


def told(shop: Shop, trials: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(as_json(CHURN, trained(shop, trials), FEATURES)))
    return content


def test_the_first_trial_is_the_usual_way_and_the_best_of_all_is_taken() -> None:
    tried: list[Parameters] = []

    def loss(parameters: Parameters) -> float:
        tried.append(parameters)
        return abs(parameters["num_leaves"] - 60) + parameters["learning_rate"]

    best = best_parameters(loss, 12)
    assert tried[0] == {name: PARAMETERS[name] for name in TUNED}
    assert len(tried) == 12
    assert best == min(tried, key=lambda one: abs(one["num_leaves"] - 60) + one["learning_rate"])
    assert best_parameters(loss, 12) == best


def test_where_nothing_is_better_the_usual_way_stays() -> None:
    losses = iter(range(5))
    usual = {name: PARAMETERS[name] for name in TUNED}
    assert best_parameters(lambda _: float(next(losses)), 5) == usual


def test_a_version_has_the_parameters_that_were_found_and_is_the_same_again(shop: Shop) -> None:
    content = told(shop, 4)
    assert set(content["parameters"]["binary"]) == TUNED
    assert "trees are the best of 4 trials" in content["notes"]
    assert content["method"] == "trees"
    leaves = content["parameters"]["binary"]["num_leaves"]
    assert f"[num_leaves: {leaves}]" in content["rule"]["trees"]
    assert told(shop, 4) == content
    assert "parameters" not in told(shop, 0)


def test_the_day_of_grading_has_no_say_in_what_is_chosen(shop: Shop) -> None:
    before = trained(shop, 4)
    grading = before.graded.grading
    execute(shop, f"delete from marts.orders where order_date > date '{grading}' and hash(order_id) % 2 = 0")
    execute(
        shop,
        "update intermediate.past_customer_features set visit_count_30d = 3 * visit_count_30d"
        f" where as_of_date = date '{grading}'",
    )
    after = trained(shop, 4)
    assert after.parameters == before.parameters
    assert after.result.reason != before.result.reason


@pytest.mark.parametrize("trials", [0, 50])
def test_a_budget_has_bounds(trials: int) -> None:
    assert Training(tuning_trials=trials).tuning_trials == trials
    with pytest.raises(ValueError, match="tuning_trials"):
        Training(tuning_trials=trials + 51 if trials else -1)
