import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.models.learning.boosting import Boosted, boost
from regulars.models.learning.grading import Floats
from regulars.models.learning.matrix import Matrix, matrix
from regulars.models.learning.reasons import NO_REASON, Contributions, in_words
from regulars.store.features import features
from tests.examples import examples

NAMES = ("days_since_last_order", "order_count_90d", "order_count_365d", "visit_count_30d", "overdue_ratio")
CUSTOMERS = 1_500
CELL = st.one_of(st.floats(-5, 5, width=32), st.just(math.nan))


def grown(names: tuple[str, ...], values: Matrix, outcome: Floats, objective: str = "binary") -> Boosted:
    return boost(
        values,
        outcome,
        choosing_values=values[::3],
        choosing_outcome=outcome[::3],
        features=names,
        objective=objective,
    )


def some_customers() -> Matrix:
    draws = np.random.default_rng(1)
    values = draws.normal(size=(CUSTOMERS, len(NAMES))).astype(np.float32)
    values[draws.random(values.shape) < 0.1] = math.nan
    return values


@pytest.fixture(scope="module", params=["binary", "regression"])
def boosted(request: pytest.FixtureRequest) -> Boosted:
    values = some_customers()
    score = np.nan_to_num(values) @ [1, -1, 0, 0.5, 0] + np.random.default_rng(2).normal(size=len(values))
    outcome = (score > 0).astype(np.float64) if request.param == "binary" else score + 3
    return grown(NAMES, values, outcome, request.param)


@pytest.fixture(scope="module")
def of_one_feature() -> Boosted:
    """The more was spent, and most of all where it is unknown."""
    amounts = np.random.default_rng(1).uniform(0, 1_000, 3_000).astype(np.float32)
    chance = amounts / 2_000 + 0.25
    amounts[:300], chance[:300] = math.nan, 0.95
    outcome = (np.random.default_rng(2).random(3_000) < chance).astype(np.float64)
    shuffled = np.random.default_rng(3).permutation(3_000)
    return grown(("order_amount",), amounts[shuffled, None], outcome[shuffled])


@examples(10)
@given(rows=st.lists(st.lists(CELL, min_size=len(NAMES), max_size=len(NAMES)), min_size=1, max_size=20))
def test_contributions_and_the_mean_add_up_to_the_raw_score(
    boosted: Boosted, rows: list[list[float]]
) -> None:
    values = np.array(rows, dtype=np.float32)
    roots = [tree["tree_structure"] for tree in boosted.booster.dump_model()["tree_info"]]
    mean = sum(root.get("internal_value", root.get("leaf_value")) for root in roots)
    added_up = Contributions(boosted).of(values).sum(axis=1) + mean
    assert added_up == pytest.approx(boosted.raw(values), abs=1e-4)


def test_a_feature_that_no_tree_asks_for_did_nothing(boosted: Boosted) -> None:
    """The mean of who is like her changes at a split, and at no other place."""
    contributions = Contributions(boosted).of(some_customers())
    asked = boosted.booster.feature_importance() > 0
    assert (contributions[:, ~asked] == 0).all()
    assert (np.abs(contributions[:, asked]).max(axis=0) > 0).all()


def test_the_strongest_reason_is_nearly_always_that_of_exact_shapley_values(boosted: Boosted) -> None:
    values = some_customers()
    exact = np.asarray(boosted.booster.predict(values, pred_contrib=True))[:, :-1]
    ours = Contributions(boosted).of(values)
    assert (np.abs(exact).argmax(axis=1) == np.abs(ours).argmax(axis=1)).mean() > 0.9


@pytest.mark.parametrize(
    ("amount", "raised_by", "lowered_by"),
    [
        (990.0, "order amount: 990", NO_REASON),
        (12.0, NO_REASON, "order amount: 12"),
        (12.3456, NO_REASON, "order amount: 12.35"),
        (0.125, NO_REASON, "order amount: 0.125"),
        (0.0, NO_REASON, "order amount: 0"),
        (12_345_678.0, "order amount: 12345678", NO_REASON),
        (12_345.67, "order amount: 12350", NO_REASON),
        (None, "order amount: unknown", NO_REASON),
    ],
)
def test_a_reason_is_a_feature_with_its_value_in_plain_words(
    of_one_feature: Boosted, amount: float | None, raised_by: str, lowered_by: str
) -> None:
    frame = pl.DataFrame({"order_amount": [amount]}, schema={"order_amount": pl.Float32})
    assert in_words(of_one_feature, frame).rows() == [(raised_by, lowered_by)]


def test_a_window_is_told_in_days_and_a_name_without_its_lines() -> None:
    values = some_customers()[:, :1]
    outcome = (np.nan_to_num(values[:, 0]) > 0).astype(np.float64)
    raised = in_words(
        grown(("order_count_365d",), values, outcome), pl.DataFrame({"order_count_365d": [3.0]})
    )["raised_by"]
    assert raised.to_list() == ["order count (365 days): 3"]


def test_nobody_has_a_reason_that_did_not_move_her_score_that_way(boosted: Boosted) -> None:
    """The strongest are told first, and a family once, by its feature that did most."""
    values = some_customers()[:500]
    frame = pl.DataFrame(dict(zip(NAMES, values.T, strict=True)))
    contributions = Contributions(boosted).of(matrix(frame, NAMES))
    families = [features()[name].family for name in NAMES]
    said = in_words(boosted, frame)
    for column, sign in (("raised_by", 1), ("lowered_by", -1)):
        for row, text in zip(sign * contributions, said[column].to_list(), strict=True):
            sums = {
                family: sum(value for value, its in zip(row, families, strict=True) if its == family)
                for family in families
            }
            strongest = sorted((name for name in sums if sums[name] > 0), key=lambda name: -sums[name])[:3]
            speakers = [
                max(
                    (name for name, its in zip(NAMES, families, strict=True) if its == family),
                    key=lambda name: row[NAMES.index(name)],
                )
                for family in strongest
            ]
            expected = [_plain(name) for name in speakers]
            told = [] if text == NO_REASON else [reason.rpartition(": ")[0] for reason in text.split("; ")]
            assert told == expected


def _plain(name: str) -> str:
    words = {"order_count_90d": "order count (90 days)", "order_count_365d": "order count (365 days)"}
    return words.get(name, "visit count (30 days)" if name == "visit_count_30d" else name.replace("_", " "))


def test_many_customers_are_told_the_same_as_each_alone(boosted: Boosted) -> None:
    values = np.tile(some_customers(), (6, 1))
    frame = pl.DataFrame(dict(zip(NAMES, values.T, strict=True)))
    said = in_words(boosted, frame)
    assert said.height == 6 * CUSTOMERS
    assert said[:CUSTOMERS].equals(said[5 * CUSTOMERS :])
    assert said[8_190:8_195].equals(in_words(boosted, frame[8_190:8_195]))


def test_where_there_is_nobody_nobody_is_told_anything(boosted: Boosted) -> None:
    frame = pl.DataFrame(schema=dict.fromkeys(NAMES, pl.Float32))
    assert in_words(boosted, frame).schema == {"raised_by": pl.String, "lowered_by": pl.String}
