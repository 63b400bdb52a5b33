from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from regulars.models.baselines.last_period import LastPeriod
from regulars.models.learning.calibration import AS_IT_IS, Calibration
from regulars.models.learning.predictors import Predictor
from regulars.models.lifetime_value.model import lifetime_value
from regulars.models.lifetime_value.score import score
from regulars.models.lifetime_value.two_stages import two_stages
from regulars.store.training import Training
from tests.unit.models.lifetime_value.test_two_stages import NAMES, customers

RULE = Predictor("last_period", LastPeriod("order_amount_90d"), Calibration("scale", (2.0,), ()))


def tonight(count: int, **columns: pl.Series) -> pl.DataFrame:
    return (
        customers(1, count)
        .with_columns(
            customer_id=pl.Series([f"c_{number:03}" for number in range(count)]),
            is_in_population=pl.lit(value=True),
            days_since_first_order=pl.lit(400.0),
        )
        .with_columns(**columns)
    )


def test_a_rule_scores_by_its_calibrated_amount_without_interval_or_reasons() -> None:
    frame = tonight(3, order_amount_90d=pl.Series([5.0, 0.0, 7.0]))
    scores = score([frame], RULE, horizon_days=90, cold_start_days=30)
    told = scores.select("customer_id", "horizon_days", "basis", "expected_amount", "amount_percentile")
    assert told.rows() == [
        ("c_000", 90, "rule", 10.0, 66.67),
        ("c_001", 90, "rule", 0.0, 33.33),
        ("c_002", 90, "rule", 14.0, 100.0),
    ]
    assert (
        scores.select("low_amount", "high_amount", "raised_by", "lowered_by").null_count().row(0) == (3,) * 4
    )


def test_newcomers_have_no_number_whatever_frame_they_are_in() -> None:
    frames = [tonight(2, days_since_first_order=pl.Series([29.0, 30.0])), tonight(1)]
    scores = score(frames, RULE, horizon_days=90, cold_start_days=30)
    assert scores["basis"].to_list() == ["cold_start", "rule", "rule"]
    assert scores["expected_amount"].is_null().to_list() == [True, False, False]


def test_amount_and_interval_are_calibrated_alike() -> None:
    stages = two_stages(NAMES)(customers(1, 1_000), customers(2, 1_000))
    plain = Predictor("trees", stages, AS_IT_IS)
    twice = replace(plain, calibration=Calibration("scale", (2.0,), ()))
    frame = tonight(50)
    once, double = (score([frame], one, horizon_days=90, cold_start_days=30) for one in (plain, twice))
    assert set(once["basis"]) == {"model"}
    for column in ("expected_amount", "low_amount", "high_amount"):
        assert double[column].to_numpy() == pytest.approx(2 * once[column].to_numpy(), abs=1e-3)
    assert once["low_amount"].to_numpy() == pytest.approx(stages.spend(frame).quantile(0.1), abs=1e-3)
    assert np.all(once["raised_by"].is_not_null().to_numpy())


def test_the_rules_to_beat_are_those_of_the_documents() -> None:
    methods = lifetime_value(Training(), 90).methods(NAMES, pl.DataFrame)
    assert list(methods) == ["trees", "last_period", "rfm", "bg_nbd"]
    assert methods["last_period"](pl.DataFrame(), pl.DataFrame()) == LastPeriod("order_amount_90d")
