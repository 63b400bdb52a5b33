import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from regulars.models.baselines.mean_table import PRIOR_CUSTOMERS, MeanTable, fit_mean_table, groups
from tests.examples import examples

VALUES = st.one_of(st.none(), st.floats(-100, 100))
TABLE = MeanTable(
    {"days": (10.0, 20.0), "orders": (1.0,)}, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), is_probability=False
)


def frame(*rows: tuple[float | None, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"days": pl.Float32, "orders": pl.Float32}, orient="row")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((0, 0), 0.1),
        ((10, 1), 0.1),
        ((10, 2), 0.2),
        ((11, 1), 0.3),
        ((20, 5), 0.4),
        ((21, 1), 0.5),
        ((99, 9), 0.6),
        ((None, 0), 0.5),
        ((math.nan, None), 0.6),
    ],
)
def test_a_group_ends_with_its_edge_and_what_is_unknown_is_beyond_the_last(
    row: tuple[float | None, ...], expected: float
) -> None:
    assert TABLE.raw(frame(row)).tolist() == [expected]


def test_a_groups_mean_is_drawn_to_that_of_all_as_by_so_many_average_customers() -> None:
    days = frame(*[(day, 0) for day in (1, 9)] * 40)
    outcome = np.tile([0.0, 1.0], 40)
    table = fit_mean_table(days, outcome, {"days": 2}, is_probability=False)
    drawn = PRIOR_CUSTOMERS * 0.5 / (40 + PRIOR_CUSTOMERS)
    assert table.raw(frame((1, 0), (9, 0))) == pytest.approx([drawn, 1 - drawn])


def test_a_group_without_customers_is_as_all_are() -> None:
    rows = frame((1, 1), (1, 1), (9, 9), (9, 9))
    table = fit_mean_table(rows, np.array([0.0, 1, 1, 1]), {"days": 2, "orders": 2}, is_probability=False)
    assert table.raw(frame((1, 9))) == pytest.approx([0.75])


def test_a_probability_is_told_as_log_odds() -> None:
    rows = frame(*[(day, 0) for day in range(100)])
    outcome = (np.arange(100) > 50).astype(np.float64)
    odds, shares = (
        fit_mean_table(rows, outcome, {"days": 4}, is_probability=is_probability).raw(rows)
        for is_probability in (True, False)
    )
    assert expit(odds) == pytest.approx(shares)


@pytest.mark.parametrize("rows", [[(None, 1)] * 4, [(5, 1)] * 4], ids=["unknown", "constant"])
def test_a_feature_that_tells_nobody_apart_makes_groups_that_are_alike(
    rows: list[tuple[float | None, ...]],
) -> None:
    table = fit_mean_table(frame(*rows), np.array([0.0, 1, 1, 1]), {"days": 5}, is_probability=False)
    assert set(table.raw(frame(*rows))) == {0.75}
    assert MeanTable.of_json(json.loads(json.dumps(table.as_json(), allow_nan=False))) == table


@examples(30)
@given(rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=40), bins=st.integers(2, 6))
def test_every_customer_has_a_group_of_the_table(rows: list[tuple[float | None, ...]], bins: int) -> None:
    customers = frame(*rows)
    outcome = np.arange(len(rows), dtype=np.float64)
    table = fit_mean_table(customers, outcome, {"days": bins, "orders": bins}, is_probability=False)
    assert (groups(customers, table.edges) < len(table.means)).all()
    assert ((table.raw(customers) >= 0) & (table.raw(customers) <= len(rows) - 1)).all()


def test_a_table_is_the_same_after_it_was_written_and_read() -> None:
    assert MeanTable.of_json(json.loads(json.dumps(TABLE.as_json()))) == TABLE
