"""When people buy: the year, the gift season, the weekday and the hour, as factors around a mean of 1."""

import math
from datetime import date

import numpy as np

from regulars.simulation.draws import Floats

# shape of the Complete Journey store's baskets by local weekday, Monday first (docs/simulator.md)
STORE_WEEKDAYS = (0.97, 0.95, 0.92, 0.94, 0.95, 1.12, 1.15)
# ours: an online shop is busiest early in the week
SHOP_WEEKDAYS = (1.12, 1.08, 1.03, 1.0, 0.93, 0.87, 0.97)
YEARLY_SWING = 0.06
GIFT_SEASON_FACTOR = 1.45
_GIFT_SEASON = ((11, 20), (12, 22))
_CLOSED = ((1, 1), (12, 25))


def is_gift_season(day: date) -> bool:
    """Whether people buy presents."""
    first, last = _GIFT_SEASON
    return first <= (day.month, day.day) <= last


def season(day: date) -> float:
    """The factor of a day of the year: spring and autumn a little above summer, presents before Christmas."""
    swing = 1 + YEARLY_SWING * math.cos(4 * math.pi * (day.timetuple().tm_yday - 105) / 365.25)
    return swing * (GIFT_SEASON_FACTOR if is_gift_season(day) else 1.0)


def shop_factor(day: date) -> float:
    """Factor on orders in the online shop."""
    return season(day) * SHOP_WEEKDAYS[day.weekday()]


def store_factor(day: date) -> float:
    """Factor on purchases at the point of sale; closed on two holidays."""
    return 0.0 if (day.month, day.day) in _CLOSED else season(day) * STORE_WEEKDAYS[day.weekday()]


def seconds_of_day(hour: Floats, spread: Floats, *, first: float, last: float) -> Floats:
    """Local seconds after midnight around each person's hour, kept within opening hours by reflection."""
    at = hour + spread
    at = np.where(at < first, 2 * first - at, at)
    at = np.where(at > last, 2 * last - at, at)
    return at.clip(first, last) * 3600.0
