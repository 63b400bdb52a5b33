from datetime import date

import pytest

from regulars.models.predictions.due import why_train
from regulars.store.training import Every


@pytest.mark.parametrize(
    ("night", "every", "has_champion", "has_past", "alarm", "expected"),
    [
        (date(2025, 5, 10), "year", False, True, None, "no version of it scores yet"),
        (date(2025, 5, 10), "month", False, False, None, None),
        (date(2025, 6, 29), "month", True, False, None, None),
        (date(2025, 5, 31), "month", True, True, None, "a month ends"),
        (date(2025, 5, 31), "quarter", True, True, None, None),
        (date(2025, 6, 30), "quarter", True, True, None, "a quarter ends"),
        (date(2025, 6, 30), "year", True, True, None, None),
        (date(2025, 5, 12), "year", True, True, date(2025, 5, 11), "it drifted on 2025-05-11"),
        (date(2025, 5, 12), "year", True, False, date(2025, 5, 11), None),
        (date(2025, 6, 15), "quarter", True, True, None, None),
        (date(2025, 12, 31), "year", True, True, None, "a year ends"),
    ],
)
def test_models_are_trained_when_none_scores_after_an_alarm_and_when_the_stores_period_ends(  # noqa: PLR0913
    night: date, every: Every, *, has_champion: bool, has_past: bool, alarm: date | None, expected: str | None
) -> None:
    why = why_train(night, every, has_champion=has_champion, has_past=has_past, alarm=alarm)
    assert why == expected
