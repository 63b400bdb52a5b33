"""Which frames of histories the models take, and what is said of every other.

Not here: how histories are made of orders, and what a model does with them.
"""

from collections.abc import Mapping

import polars as pl


def checked_histories(
    histories: pl.DataFrame, columns: tuple[str, ...], rules: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """The columns of `histories` as floats, in their order, one row a customer.

    Args:
        histories: At least `columns`, all of them numbers.
        columns: Those that the model reads.
        rules: What must be true of every row, by the words for it; unknown is not true.

    Raises:
        ValueError: A column is absent, or a row breaks a rule.
    """
    if missing := [column for column in columns if column not in histories.columns]:
        raise ValueError(f"histories lack {', '.join(missing)}; select {', '.join(columns)}")
    numbers = histories.select(pl.col(columns).cast(pl.Float64))
    for words, rule in rules.items():
        broken = numbers.with_row_index("row").filter(~rule.fill_null(value=False))
        if len(broken):
            row, *values = broken.row(0)
            found = ", ".join(f"{column} {value}" for column, value in zip(columns, values, strict=True))
            raise ValueError(
                f"histories: {len(broken)} of {len(numbers)} rows, such as row {row} with {found}; "
                f"expected {words}"
            )
    return numbers


def check_anybody(histories: pl.DataFrame, orders: str) -> None:
    """That somebody has ordered again, for without a repeat order there is nothing to learn.

    Raises:
        ValueError: `histories` is empty, or `orders`, its column of counts, is 0 throughout.
    """
    if histories.is_empty():
        raise ValueError(
            "histories hold no rows; expected one per customer: look for the filter that left none"
        )
    if not histories[orders].sum():
        raise ValueError(
            f"histories: {orders} is 0 for all {len(histories)} customers; "
            "expected somebody who ordered again: observe them for longer"
        )
