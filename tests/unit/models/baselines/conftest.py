"""Customers whose parameters we know: those of a published example, and made up ones.

`cdnow.csv` has what 2,357 customers of the music shop CDNOW, a tenth of those who first bought there early in
1997, did in up to 39 weeks: the sample of the papers, from the customer summary in the Python package
`lifetimes` 0.11.3 (datasets/cdnow_customers_summary_with_transactions.csv). Its unit of time is the week.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

CDNOW = Path(__file__).with_name("cdnow.csv")


@dataclass(frozen=True)
class MadeUp:
    """Histories, with what came after: whether a customer had left, and how many orders they made."""

    histories: pl.DataFrame
    days: float
    truth: pl.DataFrame


@pytest.fixture(scope="session")
def cdnow() -> pl.DataFrame:
    """The published customers, with weeks in the columns for days."""
    return pl.read_csv(CDNOW).rename({"recency_weeks": "recency_days", "observed_weeks": "observed_days"})


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    """100,000 customers of BG/NBD with r 0.6, alpha 60 days, a 0.8 and b 2.4, and their next 90 days."""
    draws, customers, days = np.random.default_rng(7), 100_000, 90.0
    rate, leaving = draws.gamma(0.6, 1 / 60, customers), draws.beta(0.8, 2.4, customers)
    observed = draws.integers(30, 548, customers).astype(np.float64)
    last_order = draws.geometric(leaving)
    clock, recency = np.zeros(customers), np.zeros(customers)
    before, after = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    orders = np.ones(customers, dtype=np.bool_)
    while orders.any():
        clock[orders] += draws.exponential(1 / rate[orders])
        orders &= clock < observed + days
        is_before = orders & (clock < observed)
        before += is_before
        after += orders & ~is_before
        recency[is_before] = clock[is_before]
        orders &= before + after < last_order
    histories = {"repeat_order_count": before, "recency_days": recency, "observed_days": observed}
    truth = {"is_alive": before < last_order, "order_count": after}
    return MadeUp(pl.DataFrame(histories), days, pl.DataFrame(truth))
