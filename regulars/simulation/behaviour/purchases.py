"""Who buys today, where, and what is in the basket; the frames of orders are made in `orders`."""

from dataclasses import dataclass

import numpy as np

from regulars.simulation import calendar, draws
from regulars.simulation.behaviour.departure import cooling
from regulars.simulation.catalogue import CATEGORY_NAMES
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.people import SPEND_SHAPE
from regulars.simulation.state import State

TRIAL_RATE = 1 / 40.0  # until the first order: who came to look decides soon
MOOD_ON_RATE = 0.25
LINE_VALUE_CENTS = 2000.0
MOST_LINES, MOST_PIECES = 12, 10


@dataclass(frozen=True)
class Purchases:
    """Today's orders in the order of their time; one person buys at most once a day."""

    who: Ints
    at_store: Bools
    seconds: Floats


@dataclass(frozen=True)
class Baskets:
    """The lines of today's orders; `order` is the position of the order."""

    order: Ints
    line_number: Ints
    product: Ints
    quantity: Ints


def purchases(day: Day, state: State, who: Ints) -> Purchases:
    """Which of the active people buy, where and at what second of the day."""
    who = who[~day.people.never_buys[who]]
    in_shop, in_store = rates_today(day, state, who)
    # a person has one draw a day, so that a higher rate only ever adds orders
    drawn = day.chance("purchase", who)
    chance = -np.expm1(-(in_shop + in_store))
    buying = np.flatnonzero(drawn < chance)
    who, at_store = who[buying], drawn[buying] < (chance * in_store / (in_shop + in_store + 1e-9))[buying]
    seconds = np.where(at_store, _store_seconds(day, who), shop_seconds(day, who, "purchase hour"))
    order = np.lexsort((who, seconds))
    return Purchases(who[order], at_store[order], seconds[order])


def rates_today(day: Day, state: State, who: Ints) -> tuple[Floats, Floats]:
    """The rates at which active people who ever buy do so today, in the shop and at the point of sale."""
    people = day.people
    trial = np.where(state.orders[who] == 0, np.float32(TRIAL_RATE), 0)
    rate = np.maximum(people.rate[who], trial)
    rate = rate * draws.exp(state.uplift[who] + np.float32(MOOD_ON_RATE) * state.mood[who])
    share = people.store_share[who]
    in_shop = rate * (1 - share) * np.float32(calendar.shop_factor(day.date))
    in_store = rate * share * np.float32(calendar.store_factor(day.date))
    return in_shop, in_store


def shop_seconds(day: Day, who: Ints, purpose: str) -> Floats:
    """Local seconds after midnight at which each person is online."""
    spread = 2.0 * day.normal(purpose, who)
    return calendar.seconds_of_day(day.people.hour[who], spread, first=0.3, last=22.6)


def _store_seconds(day: Day, who: Ints) -> Floats:
    hour = 0.5 * (day.people.hour[who] + 13.0)
    return calendar.seconds_of_day(hour, 2.2 * day.normal("store hour", who), first=8.0, last=20.9)


def baskets(day: Day, who: Ints) -> Baskets:
    """What each buyer takes: a spend drawn from the person's gamma distribution, filled with products."""
    people, seed = day.people, day.world.seed
    drawn = draws.erlang(seed, "spend today", who, day.number, shape=SPEND_SHAPE) / SPEND_SHAPE
    spend = people.order_value_cents[who] * drawn
    lines = 1 + draws.geometric(day.chance("lines", who), np.minimum(spend / LINE_VALUE_CENTS, 6.0))
    lines = lines.clip(1, MOST_LINES)
    order = np.repeat(np.arange(len(who)), lines)
    line_number = np.arange(len(order)) - np.repeat(np.cumsum(lines) - lines, lines) + 1
    buyer = who[order].astype(np.int64) * 16 + line_number
    product = day.catalogue.picks(categories(day, who[order], buyer), day.chance("product", buyer))
    pieces = np.round(0.85 * spend[order] / lines[order] / day.prices_cents[product])
    return Baskets(order, line_number, product, pieces.clip(1, MOST_PIECES).astype(np.int64))


def categories(day: Day, who: Ints, drawer: Ints) -> Ints:
    """The category each person turns to; `drawer` tells apart several choices of a day."""
    people = day.people
    drawn, other = day.chance("category", drawer), day.chance("other category", drawer)
    taste = people.taste[who]
    anything = np.floor(other * len(CATEGORY_NAMES))
    chosen = np.where(drawn < taste + 0.5 * (1 - taste), people.second_category[who], anything)
    return np.where(drawn < taste, people.category[who], chosen).astype(np.int64)


def browsing(day: Day, state: State, who: Ints) -> tuple[Ints, Floats]:
    """Which of the active people look around today without an intention to buy, and at what second."""
    people = day.people
    rate = people.browsing[who] * cooling(day, state, who)
    rate = rate * draws.exp(np.float32(0.4) * state.mood[who] + np.float32(0.5) * state.uplift[who])
    rate *= np.float32(calendar.shop_factor(day.date)) * (1 - np.float32(0.8) * people.store_share[who])
    who = who[day.chance("browse", who) < -np.expm1(-rate)]
    return who, shop_seconds(day, who, "browse hour")
