"""Who the people are: fixed traits, drawn once from the seed, one array per trait and one entry per person.

Nothing here changes while the simulation runs; that is `state`. Person i of a seed is the same in a world of
any size, so people i and i + 1 (i even) may share a household but never depend on how many others there are.
The parameters say where they come from: the model's paper, a tuning against the Complete Journey store
(docs/simulator.md has the comparison), or a choice of ours.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from regulars.simulation import draws
from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.names import CITIES, FIRST_NAMES, LAST_NAMES
from regulars.simulation.world import World

# Pareto/NBD: rate ~ Gamma(shape, mean), hazard ~ Gamma(shape, mean) (Schmittlein, Morrison, Colombo 1987)
RATE_SHAPE = 1.2
RATE_MEAN = 1 / 28.0  # orders a day while active; ours: regulars come every few weeks
HAZARD_SHAPE = 0.8
HAZARD_MEAN = 1 / 650.0  # drop-outs a day while active
# gamma-gamma spend: value of one order ~ Gamma(SPEND_SHAPE, nu), nu ~ Gamma(SPEND_PERSON_SHAPE, scale)
# (Fader, Hardie 2013); the paper's p = 6.25 is rounded to a whole number, q is the paper's
SPEND_SHAPE = 6
SPEND_PERSON_SHAPE = 3.74
SPEND_MEAN_CENTS = 4600.0
SHARE_NEVER_BUYING = 0.16
SHARE_BUYING_ONCE = 0.17
SHARE_THERE_BEFORE = 0.55
SHARE_SHARED_HOUSEHOLD = 0.24
USUAL_MOOD_DEVIATION = 0.35

OLDEST, YOUNGEST = 84, 18  # years on the first day

CATEGORIES = 12
STORES = 24
CHANNELS = ("email", "sms", "push")


@dataclass(frozen=True, eq=False)
class People:
    """One array per trait; index is the person."""

    seed: int  # of the world
    number: Ints
    joined: Ints  # day number; 0 for those who were there before
    household: Ints  # the number of its first person
    never_buys: Bools
    buys_once: Bools
    rate: Floats  # orders a day while active
    hazard: Floats  # drop-outs a day while active and content
    budget: Floats  # accumulated hazard at which the person leaves, Exp(1)
    order_value_cents: Floats
    browsing: Floats  # sessions without an order, a day
    store_share: Floats  # of orders that happen at the point of sale
    home_store: Ints
    category: Ints  # favourite
    second_category: Ints
    taste: Floats  # share of lines from the favourite
    price_sensitivity: Floats  # 0..1
    responsiveness: Floats  # 0..1, to messages
    hour: Floats  # local hour around which the person is active
    usual_mood: Floats  # what the mood goes back to
    complains: Floats  # probability of writing after a bad event
    has_account: Bools
    has_card: Bools
    has_app: Bools
    first_name: Ints
    last_name: Ints
    city: Ints
    domain: Ints
    birth_day: Ints  # day of the year, 1..365
    birth_year: Ints
    devices: Ints  # 1..3
    is_desktop_first: Bools
    uses_family_tablet: Bools
    shares_inbox: Bools
    types_badly: Bools
    account_mistyped: Bools
    second_account_day: Ints  # -1: never
    new_email_day: Ints  # -1: never
    card_spelled_otherwise: Bools
    card_partner_phone: Bools
    has_proxy_inbox: Bools  # a privacy proxy opens every e-mail

    def __len__(self) -> int:
        return len(self.number)

    @property
    def gives_email(self) -> Bools:
        """Who may be written to: account holders, and those who gave an address for their card."""
        return self.has_account | (self.has_card & self.gives_email_for_card)

    @property
    def gives_email_for_card(self) -> Bools:
        """Whose card states an e-mail address."""
        return self.taste < 0.62

    @property
    def gives_phone(self) -> Bools:
        """Whose account and card state a phone number."""
        return self.taste + self.responsiveness > 0.75


def draw_people(world: World) -> People:
    """Every person of a world."""
    number = np.arange(world.customers, dtype=np.int32)
    chance = partial(draws.uniform, world.seed, person=number)
    joined = _joined(world, number)
    is_second = (number % 2 == 1) & (
        draws.uniform(world.seed, "household", number // 2) < SHARE_SHARED_HOUSEHOLD
    )
    has_partner = draws.uniform(world.seed, "household", number // 2) < SHARE_SHARED_HOUSEHOLD
    household = np.where(is_second, number - 1, number).astype(np.int32)
    return People(
        seed=world.seed,
        number=number,
        joined=joined,
        household=household,
        **_buying(world, number),
        **_habits(world, number),
        **_person(world, number, household),
        shares_inbox=is_second & (chance("shared inbox") < 0.22),
        uses_family_tablet=has_partner & (chance("family tablet") < 0.5),
        card_partner_phone=has_partner & (chance("partner phone") < 0.15),
        **_identity(world, number, joined),
    )


def _joined(world: World, number: Ints) -> Ints:
    chance = draws.uniform(world.seed, "joined", number)
    later = (chance - SHARE_THERE_BEFORE) / (1 - SHARE_THERE_BEFORE) * world.joining_days
    return np.where(chance < SHARE_THERE_BEFORE, 0, 1 + np.floor(later)).astype(np.int32)


def _buying(world: World, number: Ints) -> dict[str, Any]:
    chance, count = partial(draws.uniform, world.seed, person=number), len(number)
    kind = chance("kind of buyer")
    per_person = draws.gamma_stream(world.seed, "spend", count, shape=SPEND_PERSON_SHAPE)
    rate = draws.gamma_stream(world.seed, "rate", count, shape=RATE_SHAPE) * RATE_MEAN / RATE_SHAPE
    hazard = draws.gamma_stream(world.seed, "hazard", count, shape=HAZARD_SHAPE) * HAZARD_MEAN / HAZARD_SHAPE
    return {
        "never_buys": kind < SHARE_NEVER_BUYING,
        "buys_once": (kind >= SHARE_NEVER_BUYING) & (kind < SHARE_NEVER_BUYING + SHARE_BUYING_ONCE),
        "rate": rate.astype(np.float32),
        "hazard": hazard.astype(np.float32),
        "budget": draws.exponential(world.seed, "budget", number).astype(np.float32),
        "order_value_cents": (SPEND_MEAN_CENTS * (SPEND_PERSON_SHAPE - 1) / per_person).astype(np.float32),
        "browsing": (0.018 + 1.2 * rate * np.exp(0.6 * draws.normal(world.seed, "browsing", number))).astype(
            np.float32
        ),
        "price_sensitivity": (chance("price sensitivity") ** 1.5).astype(np.float32),
    }


def _habits(world: World, number: Ints) -> dict[str, Any]:
    chance = partial(draws.uniform, world.seed, person=number)
    place = chance("place")
    mixed = 0.2 + 0.6 * chance("place mixed")
    store_share = np.select([place < 0.5, place < 0.8], [0.0, mixed], 0.92)
    favourite = draws.choice(chance("category"), 1.0 / np.arange(1, CATEGORIES + 1) ** 0.5)
    peak = np.select([chance("hour kind") < 0.25, chance("hour kind") < 0.5], [9.0, 13.0], 19.5)
    return {
        "store_share": store_share.astype(np.float32),
        "home_store": (1 + np.floor(chance("home store") ** 1.3 * STORES)).astype(np.int32),
        "category": favourite.astype(np.int8),
        "second_category": (
            (favourite + 1 + np.floor(chance("second category") * (CATEGORIES - 1))) % CATEGORIES
        ).astype(np.int8),
        "taste": (0.35 + 0.5 * chance("taste")).astype(np.float32),
        "responsiveness": (chance("responsiveness") ** 1.7).astype(np.float32),
        "hour": (peak + 1.5 * draws.normal(world.seed, "hour", number)).clip(6.5, 21.5).astype(np.float32),
        "usual_mood": (USUAL_MOOD_DEVIATION * draws.normal(world.seed, "usual mood", number)).astype(
            np.float32
        ),
        "complains": (0.08 + 0.5 * chance("complains") ** 2).astype(np.float32),
        "has_account": np.where(store_share > 0.9, chance("account") < 0.2, chance("account") < 0.66),
        "has_card": np.where(store_share > 0, chance("card") < 0.72, chance("card") < 0.04),
        "has_app": chance("app") < 0.24,
        "devices": 1 + draws.choice(chance("devices"), np.array([0.55, 0.33, 0.12])).astype(np.int8),
        "is_desktop_first": chance("desktop") < 0.34,
        "has_proxy_inbox": chance("proxy inbox") < 0.42,
    }


def _person(world: World, number: Ints, household: Ints) -> dict[str, Any]:
    chance = partial(draws.uniform, world.seed, person=number)
    at_home = partial(draws.uniform, world.seed, person=household)
    keeps_name = chance("own last name") < 0.2
    last = np.where(keeps_name, chance("last name"), at_home("last name"))
    return {
        "first_name": np.floor(chance("first name") ** 1.2 * len(FIRST_NAMES)).astype(np.int16),
        "last_name": np.floor(last**1.1 * len(LAST_NAMES)).astype(np.int16),
        "city": np.floor(at_home("city") ** 1.2 * len(CITIES)).astype(np.int8),
        "domain": draws.choice(chance("domain"), np.array([0.34, 0.2, 0.14, 0.16, 0.1, 0.06])).astype(
            np.int8
        ),
        "birth_day": (1 + np.floor(chance("birth day") * 365)).astype(np.int16),
        "birth_year": (
            world.first_day.year - OLDEST + np.floor(chance("birth year") * (OLDEST - YOUNGEST))
        ).astype(np.int16),
    }


def _identity(world: World, number: Ints, joined: Ints) -> dict[str, Any]:
    """What makes one person look like two, or two like one."""
    chance = partial(draws.uniform, world.seed, person=number)
    span = np.maximum(world.joining_days, 60)
    later = joined + 14 + np.floor(chance("second account day") * span)
    moved = joined + 14 + np.floor(chance("new email day") * span)
    return {
        "types_badly": chance("types badly") < 0.08,
        "account_mistyped": chance("account mistyped") < 0.012,
        "second_account_day": np.where(chance("second account") < 0.035, later, -1).astype(np.int32),
        "new_email_day": np.where(chance("new email") < 0.05, moved, -1).astype(np.int32),
        "card_spelled_otherwise": chance("card spelling") < 0.12,
    }
