"""Tonight's lifetime values: one row per customer who ever ordered and horizon."""

from collections.abc import Iterable

import polars as pl

from regulars.models.learning.predictors import Predictor
from regulars.models.learning.scoring import basis, percentile, reasons
from regulars.models.lifetime_value.two_stages import TwoStages

SCORED = pl.col("basis").is_in(["model", "rule"])
# of ten customers like her, eight spend between these two
LOW_SHARE, HIGH_SHARE = 0.1, 0.9


def score(
    customers: Iterable[pl.DataFrame], predictor: Predictor, *, horizon_days: int, cold_start_days: int
) -> pl.DataFrame:
    """Columns customer_id, horizon_days, basis, expected_amount, low_amount, high_amount and reasons.

    Amounts are null for newcomers; the interval also where a rule scores that knows none.
    """
    stages = predictor.rule if isinstance(predictor.rule, TwoStages) else None
    parts = []
    for frame in customers:
        said = frame.with_columns(basis=basis(predictor, cold_start_days))
        scored = said.filter(SCORED)
        parts += [
            said.filter(~SCORED).select("customer_id", "basis"),
            scored.select("customer_id", "basis")
            .with_columns(
                expected_amount=pl.Series(predictor.predict(scored)).round(4),
                low_amount=_quantile(predictor, stages, scored, LOW_SHARE),
                high_amount=_quantile(predictor, stages, scored, HIGH_SHARE),
            )
            .hstack(reasons(stages.orders if stages else None, scored)),
        ]
    scores = pl.concat(parts, how="diagonal")
    return scores.with_columns(
        horizon_days=pl.lit(horizon_days, pl.Int64), amount_percentile=percentile("expected_amount")
    )


def _quantile(
    predictor: Predictor, stages: TwoStages | None, frame: pl.DataFrame, share: float
) -> pl.Series | pl.Expr:
    if stages is None:
        return pl.lit(None, pl.Float64)
    return pl.Series(predictor.calibration.apply(stages.quantile(frame, share))).round(4)
