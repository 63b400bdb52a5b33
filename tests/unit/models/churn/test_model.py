import duckdb
import numpy as np
import polars as pl
import pytest

from regulars.models.churn.model import churn
from regulars.store.training import Churn, Training

CHURN = churn(Training())
FEATURES = ("days_since_last_order", "order_count_365d", "order_amount_365d")


@pytest.mark.parametrize(("later_orders", "left"), [(None, 1), (1, 0), (7, 0)])
def test_who_orders_nothing_in_the_horizon_has_left(later_orders: float | None, left: float) -> None:
    row = f"(select cast({later_orders or 'null'} as bigint) as later_order_count) as came_true"
    assert duckdb.sql(f"select cast({CHURN.outcome.value} as double) from {row}").fetchall() == [(left,)]


def test_the_store_says_of_whom_and_for_how_long() -> None:
    model = churn(Training(churn=Churn(horizon_days=30, active_days=45)))
    assert (model.horizon_days, model.population) == (30, "days_since_last_order < 45")


def test_the_rules_to_beat_are_those_of_the_documents() -> None:
    assert list(CHURN.methods(FEATURES, pl.DataFrame)) == ["trees", "recency", "rfm", "bg_nbd"]


def test_the_recency_rule_looks_at_days_since_the_last_order_alone() -> None:
    days = [float(day) for day in range(100)]
    frame = pl.DataFrame({"days_since_last_order": days, "outcome": [float(day > 50) for day in days]})
    rule = CHURN.methods(FEATURES, lambda: frame)["recency"](frame, frame)
    ((feature, edges),) = rule.as_json()["edges"].items()
    assert (feature, len(edges) + 1) == ("days_since_last_order", 20)
    assert (np.diff(rule.raw(frame)) >= 0).all()
