"""Cells of tables, as people read them."""

from datetime import date
from decimal import Decimal

import pytest

from regulars.report.charts import bars, one_at_a_time, words
from regulars.report.render import cell


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        (None, "owner", "\N{EN DASH}"),
        (True, "is_ready", "yes"),
        (False, "is_ready", "no"),
        (1234567, "customers", "1,234,567"),
        (Decimal("1234.5000"), "revenue", "1,234.50"),
        (Decimal("12.0000"), "revenue", "12"),
        (0.0012345, "effect", "0.00123"),
        (-0.5, "effect", "-0.5"),
        (0.1234, "refused_share", "12.3%"),
        (date(2024, 5, 1), "night", "2024-05-01"),
        ("a_b", "segment", "a_b"),
    ],
)
def test_a_cell_reads_as_people_write(value: object, column: str, shown: str) -> None:
    assert cell(value, column) == shown


def test_a_column_is_named_in_words() -> None:
    assert (words("customers_share"), words("as_of_date")) == ("customers", "as of date")


def test_bars_are_as_high_as_there_are_names_and_a_choice_offers_what_there_is() -> None:
    rows: list[dict[str, object]] = [{"of": who, "by": by, "n": 1} for who in "ba" for by in "xyz"]
    drawn = one_at_a_time("of", bars("n", "by"))(rows)
    assert drawn["height"] == 3 * 28
    assert drawn["params"][0]["bind"]["options"] == ["b", "a"]
    assert drawn["params"][0]["value"] == "b"
