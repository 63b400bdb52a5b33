from datetime import date

import pytest

from regulars.models.predictions.due import why_train
from regulars.store.training import Every


@pytest.mark.parametrize(
    ("night", "every", "has_champion", "has_past", "expected"),
    [
        (date(2025, 5, 10), "year", False, True, "no version of it scores yet"),
        (date(2025, 5, 10), "month", False, False, None),
        (date(2025, 6, 29), "month", True, False, None),
        (date(2025, 5, 31), "month", True, True, "a month ends"),
        (date(2025, 5, 31), "quarter", True, True, None),
        (date(2025, 6, 30), "quarter", True, True, "a quarter ends"),
        (date(2025, 6, 30), "year", True, True, None),
        (date(2025, 12, 31), "year", True, True, "a year ends"),
    ],
)
def test_models_are_trained_when_none_scores_and_when_the_stores_period_ends(
    night: date, every: Every, *, has_champion: bool, has_past: bool, expected: str | None
) -> None:
    assert why_train(night, every, has_champion=has_champion, has_past=has_past) == expected
