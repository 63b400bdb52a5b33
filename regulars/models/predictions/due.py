"""When models are trained: once there is enough to learn from, then each quarter, or as the store says."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.store.training import Every

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def why_train(
    tonight: date, every: "Every", *, has_champion: bool, has_past: bool, alarm: date | None
) -> str | None:
    """Why a model is trained tonight; None where it is not.

    Features of the past are there on the first night of a store, on the last of a month, and after an alarm.
    """
    if not has_past:
        return None
    if not has_champion:
        return "no version of it scores yet"
    if alarm:
        return f"it drifted on {alarm}"
    is_last_of_month = (tonight + timedelta(days=1)).day == 1
    return f"a {every} ends" if is_last_of_month and tonight.month % MONTHS[every] == 0 else None
