import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from regulars.models.learning import matrix as module
from regulars.models.learning.matrix import features_hash, infinite, matrix, usable, usable_own, varying
from regulars.store.errors import UserError
from regulars.store.features import Context, features

SHOPPING: tuple[Context, ...] = ("commerce", "web")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("top_category", "'top_category' may not enter a model: it is a text"),
        ("refunded_amount_90d", "'refunded_amount_90d' may not enter a model: what it says of a past day"),
        (
            "ticket_count_90d",
            "'ticket_count_90d' may not enter a model: its context is support, .* allows commerce, web",
        ),
    ],
)
def test_a_named_feature_that_may_not_enter_is_refused_by_name_with_the_remedy(name: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as refused:
        usable(SHOPPING, ["order_count", name])
    assert refused.value.remedy


def test_a_feature_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="no feature 'order_cont'; did you mean 'order_count'"):
        usable(SHOPPING, ["order_cont"])


def test_a_refusal_names_the_place_to_mend() -> None:
    with pytest.raises(UserError, match=r"training\.features: there is no feature"):
        usable(SHOPPING, ["nothing"])


def test_named_features_are_taken_in_the_order_of_the_store() -> None:
    assert usable(SHOPPING, ["visit_count_30d", "order_count"]) == ("visit_count_30d", "order_count")


def test_without_names_all_numbers_known_at_the_time_of_the_allowed_contexts_enter() -> None:
    chosen = usable(SHOPPING)
    assert chosen == tuple(
        feature.name
        for feature in features().values()
        if feature.data_type != "varchar" and feature.is_point_in_time and feature.context in SHOPPING
    )
    assert {"order_count", "visit_count_30d"} <= set(chosen)


OWN = ("days_since_last_category_order", "category_order_amount_365d")


def test_a_models_own_features_enter_where_their_context_may() -> None:
    assert usable_own(OWN, SHOPPING) == OWN
    assert usable_own(OWN, ("web",)) == ()


def test_of_own_features_too_only_those_enter_that_are_named_if_any_are() -> None:
    named = ("order_count", "category_order_amount_365d")
    assert usable(SHOPPING, named) == ("order_count",)
    assert usable_own(OWN, SHOPPING, named) == ("category_order_amount_365d",)
    assert usable_own(OWN, SHOPPING, ("order_count",)) == ()


def test_naming_own_features_alone_leaves_nothing_to_other_models() -> None:
    assert usable(SHOPPING, OWN) == ()


def test_what_is_unknown_is_not_a_number() -> None:
    frame = pl.DataFrame({"order_count": [1, None], "overdue_ratio": [math.nan, 0.5]})
    values = matrix(frame, ["overdue_ratio", "order_count"])
    assert values.dtype == np.float32
    assert np.array_equal(values, [[math.nan, 1], [0.5, math.nan]], equal_nan=True)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_an_infinite_value_is_unknown_and_counted(value: float) -> None:
    names = ["order_count", "overdue_ratio"]
    frame = pl.DataFrame({"order_count": [1.0] * 3, "overdue_ratio": [value, 1.0, value]})
    assert np.array_equal(matrix(frame, names)[:, 1], [math.nan, 1, math.nan], equal_nan=True)
    assert infinite(frame, names) == {"overdue_ratio": 2}


def test_columns_that_teach_nothing_are_left_out() -> None:
    columns = {
        "constant": [2, 2, 2],
        "unknown": [math.nan, math.nan, math.nan],
        "differs": [2, 2, 3],
        "known_of_some": [2, math.nan, 2],
    }
    values = np.array(list(columns.values()), dtype=np.float32).T
    assert varying(values, list(columns)) == ("differs", "known_of_some")


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({"data_type": "double"}, True),
        ({"context": "web"}, True),
        ({"is_point_in_time": False}, True),
        ({"description": "Orders, in other words"}, False),
        ({"family": "purchases"}, False),
    ],
)
def test_features_are_known_by_their_order_and_by_what_they_are_whatever_their_words(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], *, is_another: bool
) -> None:
    names = ["order_count", "order_amount"]
    before = features_hash(names)
    assert features_hash(names) == before
    assert features_hash(names[::-1]) != before
    told = features()
    changed = told | {"order_count": replace(told["order_count"], **change)}
    monkeypatch.setattr(module, "catalogue", lambda: changed)
    assert (features_hash(names) != before) == is_another
    assert features_hash(["order_amount"]) == features_hash(["order_amount"])
