import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.churn.model import churn
from regulars.models.learning.contest import Fit, fitted, split
from regulars.models.learning.examples import examples
from regulars.models.learning.grading import log_losses
from regulars.models.learning.model import Model
from regulars.models.learning.training import TooLittleError, Trained, as_json, train, untested
from regulars.models.lifetime_value.model import lifetime_value
from regulars.store.training import Training
from tests.unit.models.made_up_shop import NIGHT, Shop, execute

FEATURES = (
    "visit_count_30d",
    "days_since_last_order",
    "order_count",
    "gift_order_count_365d",
    "sms_sent_90d",
)
CHOOSING, GRADING, END = date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 29)
SETTINGS = Training(most_rows=50_000)
CHURN = churn(SETTINGS)
OF_GRADING = f"where as_of_date = date '{GRADING}'"


def rules_only(model: Model, *left: str) -> Model:
    def methods(features: Sequence[str], customers: Callable[[], pl.DataFrame]) -> Mapping[str, Fit]:
        return {name: fit for name, fit in model.methods(features, customers).items() if name in left}

    return replace(model, methods=methods)


QUICK = rules_only(CHURN, "recency")


def trained(shop: Shop, model: Model = CHURN, features: Sequence[str] = FEATURES) -> Trained:
    with shop.warehouse.connect() as connection:
        return train(connection, model, features, tonight=NIGHT)


def version(shop: Shop, model: Model = CHURN) -> str:
    return json.dumps(as_json(model, trained(shop, model), FEATURES))


def test_what_comes_after_the_grading_horizon_is_not_known_to_a_version(shop: Shop) -> None:
    before = version(shop)
    execute(shop, f"delete from marts.orders where order_date > date '{END}'")
    execute(
        shop,
        "update intermediate.past_customer_features set visit_count_30d = 99, order_count = 1,"
        f" days_since_last_order = 1 where as_of_date > date '{GRADING}'",
    )
    execute(shop, "update marts.customer_features set visit_count_30d = 99")
    assert version(shop) == before


@pytest.mark.parametrize(
    "change",
    [
        f"delete from marts.orders where order_date = date '{END}'",
        f"update intermediate.past_customer_features set days_since_last_order = 1 {OF_GRADING}",
    ],
)
def test_what_happened_in_the_grading_horizon_decides_about_a_version(shop: Shop, change: str) -> None:
    before = version(shop, QUICK)
    execute(shop, change)
    assert version(shop, QUICK) != before


def test_each_part_is_a_horizon_after_the_one_before(shop: Shop) -> None:
    result = trained(shop, QUICK)
    assert (result.graded.learning[-1], result.graded.choosing) == (date(2024, 9, 30), CHOOSING)
    assert result.graded.grading == GRADING
    assert (result.fitted.learning[-1], result.fitted.choosing) == (CHOOSING, GRADING)
    assert set(result.grading["as_of_date"]) == {GRADING}


def test_the_winner_is_fitted_once_more_on_newer_customers(shop: Shop) -> None:
    result = trained(shop, QUICK)
    with shop.warehouse.connect() as connection:
        frame = examples(connection, QUICK, FEATURES, result.fitted.all_dates)
    learning, _, grading = split(frame, result.fitted)
    again = fitted("recency", QUICK.methods((), lambda: frame)["recency"], "probability", learning, grading)
    assert result.champion == again


def test_a_winner_that_cannot_be_fitted_to_newer_customers_scores_as_it_was_graded(shop: Shop) -> None:
    def only_once(learning: pl.DataFrame, _: pl.DataFrame) -> LastPeriod:
        if learning["as_of_date"].max() == CHOOSING:
            raise ValueError("no maximum")
        return LastPeriod("order_amount_90d")

    result = trained(
        shop, replace(lifetime_value(SETTINGS, 90), methods=lambda _, __: {"last_period": only_once})
    )
    assert result.fitted == result.graded
    assert result.notes == ("last_period could not be fitted to newer customers: no maximum",)
    predicted = result.champion.predict(result.grading)
    assert np.array_equal(predicted, result.result.grade("last_period").predicted)


def test_a_feature_that_nobody_knows_or_that_never_varies_is_left_out(shop: Shop) -> None:
    told = as_json(CHURN, trained(shop), FEATURES)
    assert told["method"] == "trees"
    assert told["rule"]["features"] == ["visit_count_30d", "days_since_last_order", "order_count"]
    assert told["features"] == list(FEATURES)


def test_trees_that_cannot_be_grown_leave_it_to_the_rules_and_the_version_says_why(shop: Shop) -> None:
    result = trained(shop, rules_only(CHURN, "trees", "recency"), ("gift_order_count_365d",))
    assert (result.champion.method, result.result.reason) == ("recency", "no trees could be grown")
    assert result.notes[0].startswith("trees could not be fitted: none of 1 features varies among")


def test_an_infinite_feature_of_the_past_counts_as_unknown_and_the_version_says_so(shop: Shop) -> None:
    model, features = rules_only(CHURN, "trees", "recency"), ("overdue_ratio", "order_count")
    texts = []
    for value in ("'inf'", "null"):
        execute(
            shop,
            f"update intermediate.past_customer_features set overdue_ratio = {value} where order_count = 2",
        )
        result = trained(shop, model, features)
        told = as_json(model, result, features)
        json.dumps(told, allow_nan=False)
        texts.append(told["rule"])
        said = [note for note in result.notes if note.startswith("feature overdue_ratio is infinite for")]
        assert len(said) == (value != "null")
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            f"delete from marts.orders where order_date between '{CHOOSING}'::date + 1 and '{GRADING}'",
            "customers of 2024-12-31 have one outcome or none",
        ),
        (f"delete from marts.orders where order_date > date '{GRADING}'", "customers of 2025-03-31"),
        (
            f"delete from intermediate.past_customer_features {OF_GRADING} and customer_id <> 'c_0001'",
            "[01] customers of 2025-03-31",
        ),
    ],
)
def test_one_outcome_in_one_period_is_too_little(shop: Shop, change: str, said: str) -> None:
    execute(shop, change)
    with pytest.raises(TooLittleError, match=said):
        trained(shop, QUICK)


def test_too_few_days_of_the_past_are_counted(shop: Shop) -> None:
    with pytest.raises(TooLittleError, match=r"no three .* 365 days apart .* are 12 from 2024-06-30 to 2025"):
        trained(shop, lifetime_value(SETTINGS, 365))


def test_a_version_says_what_it_stands_on(shop: Shop) -> None:
    told = as_json(QUICK, trained(shop, QUICK), FEATURES)
    assert told["calibrated_on"] == told["graded_on"] == GRADING.isoformat()
    assert told["learned_from"][-1] == CHOOSING.isoformat()
    assert told["reason"] == "no trees could be grown"
    assert sum(told["reliability"]["counts"]) > 1_000
    value, low, high = told["grades"]["recency"]["log_loss"]
    assert low < value < high


@pytest.mark.parametrize(
    ("model", "change", "method"),
    [
        (lifetime_value(SETTINGS, 365), None, "bg_nbd"),
        (
            lifetime_value(SETTINGS, 365),
            "update intermediate.past_customer_features set days_since_last_order = days_since_first_order",
            None,
        ),
        (CHURN, None, None),
    ],
)
def test_a_rule_that_needs_no_outcomes_is_made_where_there_is_one_and_it_can_be_fitted(
    shop: Shop, model: Model, change: str | None, method: str | None
) -> None:
    if change:
        execute(shop, change)
    with shop.warehouse.connect() as connection:
        told: dict[str, Any] | None = untested(connection, model, FEATURES, CHOOSING)
    assert (told and told["method"]) == method


def test_of_few_customers_residuals_are_of_trees_that_had_not_seen_them(shop: Shop) -> None:
    result = trained(shop)
    assert result.unseen is not None
    assert len(result.unseen) == result.learned_from.height
    outcome = result.learned_from["outcome"].to_numpy()
    by_heart, unseen, nothing = (
        log_losses(outcome, expected).mean()
        for expected in (
            expit(result.champion.rule.raw(result.learned_from)),
            expit(result.unseen),
            np.full(len(outcome), outcome.mean()),
        )
    )
    assert by_heart < unseen < nothing


def test_rules_learn_nothing_by_heart(shop: Shop) -> None:
    assert trained(shop, QUICK).unseen is None
