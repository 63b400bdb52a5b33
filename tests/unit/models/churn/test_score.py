import polars as pl
import pytest
from scipy.special import expit

from regulars.models.baselines.mean_table import MeanTable
from regulars.models.churn.score import score
from regulars.models.learning.calibration import Calibration
from regulars.models.learning.predictors import Predictor

TABLE = MeanTable({"order_count": (1.0, 5.0)}, (0.8, 0.5, 0.2), is_probability=True)
RULE = Predictor("recency", TABLE, Calibration("platt", (1.0, 0.0), ()))


def customers(*rows: tuple[float, float, bool]) -> pl.DataFrame:
    schema = ["order_count", "days_since_first_order", "is_in_population"]
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("customer_id")


def test_a_score_is_the_calibrated_probability_and_its_percentile() -> None:
    frame = customers((1, 300, True), (9, 300, True), (3, 300, True), (3, 300, True))
    scores = score([frame], RULE, cold_start_days=30)
    assert scores["churn_probability"].to_list() == pytest.approx([0.8, 0.2, 0.5, 0.5], abs=1e-6)
    assert scores["churn_percentile"].to_list() == [100, 25, 75, 75]
    assert set(scores["basis"]) == {"rule"}


@pytest.mark.parametrize(
    ("row", "basis"),
    [
        ((1, 30, True), "rule"),
        ((1, 29, True), "cold_start"),
        ((1, 0, True), "cold_start"),
        ((1, 300, False), "not_active"),
        ((1, 3, False), "not_active"),
    ],
)
def test_who_is_new_or_has_left_is_not_scored(row: tuple[float, float, bool], basis: str) -> None:
    (scored,) = score([customers(row)], RULE, cold_start_days=30).to_dicts()
    assert scored["basis"] == basis
    assert (scored["churn_probability"] is None) == (scored["churn_percentile"] is None) == (basis != "rule")


def test_percentiles_are_of_all_frames_and_of_who_is_scored() -> None:
    frames = [customers((1, 300, True), (9, 3, True)), customers((3, 300, True))]
    scores = score(frames, RULE, cold_start_days=30).sort("basis", "churn_probability")
    assert scores["churn_percentile"].to_list() == [None, 50, 100]
    assert expit(TABLE.raw(frames[1])) == pytest.approx(scores["churn_probability"][1:2].to_numpy())
