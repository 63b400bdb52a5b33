"""What the truth about simulated dirt says of landed files, and of their dead letters."""

import re
from collections.abc import Mapping

import polars as pl

PLACE = ["path", "entity", "row_number"]
NO_VALUE, NO_OBJECT, COLUMNS = "has no value", "not a JSON object", "Number of Columns"
# what landing says of a row to which this happened
REASONS: Mapping[str, str] = {
    "missing time": NO_VALUE,
    "Latin-1 letter": "not utf-8",
    "cell too many": COLUMNS,
    "cell too few": COLUMNS,
    "text behind a closing quote": "unterminated quote",
    "no such day": f"as timestamp|{NO_VALUE}",
    "day of zeros": f"as timestamp|{NO_VALUE}",
    "amount is no number": "as decimal",
    "amount in words": "as decimal",
    "header among the rows": NO_VALUE,
    "totals at the end": NO_VALUE,
    "line cut off": NO_OBJECT,
    "line is no object": NO_OBJECT,
    "unknown event": "is none of",
}


def check_dead_letters(letters: pl.DataFrame, truth: pl.DataFrame) -> None:
    """Each row that was spoilt is a dead letter at its place and for its reason, and no other row is."""
    spoilt = truth.filter(pl.col("outcome") == "dead").select(*PLACE, "kind")
    assert letters.select(PLACE).sort(PLACE).rows() == spoilt.select(PLACE).sort(PLACE).rows()
    both = letters.join(spoilt, on=PLACE)
    assert [
        (kind, reason)
        for kind, reason in both.select("kind", "reason").rows()
        if not re.search(REASONS[kind], reason)
    ] == []


def with_expected(accounts: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """The accounts of files beside what the truth says, as columns `duplicate` and `dead`."""
    expected = truth.group_by("path", "entity").agg(
        duplicate=(pl.col("outcome") == "duplicate").sum(), dead=(pl.col("outcome") == "dead").sum()
    )
    return accounts.join(expected, on=["path", "entity"], how="left").with_columns(
        pl.col("duplicate", "dead").fill_null(0).cast(pl.Int64)
    )
