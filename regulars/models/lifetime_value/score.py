"""Tonight's lifetime values: one row per customer who ever ordered and horizon."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import percentile, scored
from regulars.models.lifetime_value.two_stages import TwoStages

# of ten customers like her, eight spend between these two
LOW_SHARE, HIGH_SHARE = 0.1, 0.9


def score(
    customers: Iterable[pl.DataFrame], predictor: Predictor, *, horizon_days: int, cold_start_days: int
) -> pl.DataFrame:
    """Columns customer_id, horizon_days, basis, expected_amount, low_amount, high_amount and reasons.

    Amounts are null for newcomers; the interval also where a rule scores that knows none.
    """
    stages = predictor.rule if isinstance(predictor.rule, TwoStages) else None

    def figures(frame: pl.DataFrame) -> dict[str, pl.Series | pl.Expr]:
        if stages is None:
            nothing = pl.lit(None, pl.Float64)
            expected = pl.Series(predictor.predict(frame)).round(4)
            return {"expected_amount": expected, "low_amount": nothing, "high_amount": nothing}
        # asked once, for trees take longest
        spend = stages.spend(frame)
        amounts = {
            "expected_amount": spend.mean,
            "low_amount": spend.quantile(LOW_SHARE),
            "high_amount": spend.quantile(HIGH_SHARE),
        }
        return {
            name: pl.Series(predictor.calibration.apply(amount)).round(4) for name, amount in amounts.items()
        }

    trees = stages.orders if stages else None
    scores = scored(customers, predictor, figures, trees=trees, cold_start_days=cold_start_days)
    return scores.with_columns(
        horizon_days=pl.lit(horizon_days, pl.Int64), amount_percentile=percentile("expected_amount")
    )
