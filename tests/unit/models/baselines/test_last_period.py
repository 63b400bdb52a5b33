import math

import polars as pl
import pytest

from regulars.models.baselines.last_period import LastPeriod


@pytest.mark.parametrize(
    ("amount", "expected"), [(12.5, 12.5), (0.0, 0.0), (None, 0.0), (math.nan, 0.0), (-3.0, 0.0)]
)
def test_who_spent_so_much_will_again_and_nobody_less_than_nothing(
    amount: float | None, expected: float
) -> None:
    frame = pl.DataFrame({"order_amount_90d": [amount]}, schema={"order_amount_90d": pl.Float32})
    assert LastPeriod("order_amount_90d").raw(frame).tolist() == [expected]


def test_a_rule_is_the_same_after_it_was_written_and_read() -> None:
    rule = LastPeriod("order_amount_365d")
    assert LastPeriod.of_json(rule.as_json()) == rule
