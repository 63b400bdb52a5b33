"""What people permit, wish and forbid: statements, preferences and requests to be forgotten."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from regulars.simulation import draws, identity
from regulars.simulation.behaviour.orders import PricedOrders
from regulars.simulation.catalogue import CATEGORY_NAMES
from regulars.simulation.day import Day
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.facts import CONSENTS, ERASURES, PREFERENCES, shaped
from regulars.simulation.names import CITIES
from regulars.simulation.people import CHANNELS
from regulars.simulation.state import GRANTED, REFUSED, UNSTATED, State

# ours: shares that grant and that refuse when they join; the rest says nothing
GRANTS_AT_FIRST, REFUSES_AT_FIRST = (0.62, 0.3, 0.6), (0.84, 0.72, 0.8)
GUESTS_GRANT = 0.3
CHANGES_A_DAY, PREFERENCES_A_DAY, ERASURES_A_DAY = 0.00025, 0.0004, 0.000012
# the link in an e-mail stops the mail system; the shop hears of it only sometimes
SHOP_HEARS_OF_UNSUBSCRIBE = 0.7
PREFERENCE_LASTS_DAYS = 180
_FREQUENCIES = pl.Series(["weekly", "monthly", "only_offers"])
_STATUS = pl.Series(["unstated", "granted", "denied", "withdrawn"])
_WITHDRAWN = 3


@dataclass(frozen=True)
class Statement:
    """What some people say about one channel."""

    who: Ints
    channel: int
    status: Ints
    seconds: Floats
    source: str


def statements(
    day: Day, state: State, who: Ints, *, priced: PricedOrders, unsubscribed: Ints
) -> tuple[pl.DataFrame, Ints]:
    """The frame `consents`, and whose shop account changes by it."""
    said = [*_first(day, state), _guests(day, state, priced), *_changes(day, state, who)]
    heard = unsubscribed[day.chance("shop hears", unsubscribed) < SHOP_HEARS_OF_UNSUBSCRIBE]
    state.permission[0, unsubscribed] = REFUSED
    hour = 22.0 * 3600 + day.chance("hears at", heard) * 1800
    said.append(Statement(heard, 0, np.full(len(heard), _WITHDRAWN), hour, "preference_centre"))
    frame = _frame(day, said)
    changed = frame.filter(pl.col("source") == "preference_centre")["person"].unique().sort().to_numpy()
    return frame, changed


def _first(day: Day, state: State) -> list[Statement]:
    """What newcomers with an account or a card say about each channel."""
    people = day.people
    new = people.number[(people.joined == day.number) & (people.has_account | people.has_card)]
    reachable = (people.gives_email, people.gives_phone, people.has_app & people.has_account)
    found = []
    for channel, can_reach in enumerate(reachable):
        who = new[can_reach[new]]
        said = day.chance(f"first {CHANNELS[channel]}", who)
        refuses = np.where(said < REFUSES_AT_FIRST[channel], REFUSED, UNSTATED)
        status = np.where(said < GRANTS_AT_FIRST[channel], GRANTED, refuses)
        who, status = who[status != UNSTATED], status[status != UNSTATED]
        state.permission[channel, who] = status
        hour = 9.5 * 3600 + day.chance("account hour", who) * 10 * 3600
        found.append(Statement(who, channel, status, hour, "store"))
    return found


def _guests(day: Day, state: State, priced: PricedOrders) -> Statement:
    """What guests of the shop say at their first checkout."""
    people, who = day.people, priced.who[priced.from_shop]
    is_guest = ~people.has_account[who] & ~people.has_card[who] & (state.shop_orders[who] == 1)
    grants = is_guest & (day.chance("guest grants", who) < GUESTS_GRANT)
    state.permission[0, who[grants]] = GRANTED
    status = np.full(int(grants.sum()), GRANTED)
    return Statement(who[grants], 0, status, priced.seconds[priced.from_shop][grants], "checkout")


def _changes(day: Day, state: State, who: Ints) -> list[Statement]:
    """People who change their mind in the preference centre, which needs an account."""
    who = who[(day.chance("changes mind", who) < CHANGES_A_DAY) & day.people.has_account[who]]
    channels = np.floor(day.chance("about channel", who) * len(CHANNELS)).astype(np.int64)
    found = []
    for channel in range(len(CHANNELS)):
        about = who[channels == channel]
        had = state.permission[channel, about] == GRANTED
        state.permission[channel, about] = np.where(had, REFUSED, GRANTED)
        hour = 8 * 3600 + day.chance("changes at", about) * 13 * 3600
        status = np.where(had, _WITHDRAWN, GRANTED)
        found.append(Statement(about, channel, status, hour, "preference_centre"))
    return found


def _frame(day: Day, said: list[Statement]) -> pl.DataFrame:
    counts = [len(statement.who) for statement in said]
    who = np.concatenate([statement.who for statement in said]).astype(np.int32)
    channel = np.repeat([statement.channel for statement in said], counts)
    people, place = day.people, CITIES[day.people.city[who].astype(np.int64)]
    frame = pl.DataFrame(
        {
            "person": who,
            "account_id": identity.account_ids(people, who),
            "email": identity.account_emails(day.people, who, day.number),
            "phone": identity.phones(people, who),
            "channel": pl.Series(CHANNELS)[channel],
            "status": _STATUS[np.concatenate([statement.status for statement in said])],
            "at": day.at(np.concatenate([statement.seconds for statement in said])),
            "source": pl.Series([statement.source for statement in said])[
                np.repeat(np.arange(len(said)), counts)
            ],
            "has_account": people.has_account[who],
            "gives_phone": people.gives_phone[who] | (channel == 1),
            "gives_email": people.gives_email[who],
        }
    ).hstack(place)
    in_california = (pl.col("country_code") == "US") & (pl.col("province_code") == "CA")
    # by address where moments are the same, and never by person
    frame = frame.sort("at", "email", "person", "channel").with_columns(
        account_id=pl.when("has_account").then("account_id"),
        email=pl.when(pl.col("gives_email") | (pl.col("source") == "checkout")).then("email"),
        phone=pl.when("gives_phone").then("phone"),
        purpose=pl.lit("marketing"),
        jurisdiction=pl.when(in_california).then(pl.lit("US-CA")).otherwise("country_code"),
    )
    return shaped(frame, CONSENTS)


def preferences(day: Day, who: Ints) -> pl.DataFrame:
    """The frame `preferences`: what account holders say they like."""
    who = who[(day.chance("states preference", who) < PREFERENCES_A_DAY) & day.people.has_account[who]]
    kind = np.floor(day.chance("which preference", who) * 3).astype(np.int64)
    at = day.at(8 * 3600 + day.chance("preference at", who) * 13 * 3600)
    frame = pl.DataFrame(
        {
            "person": who,
            "account_id": identity.account_ids(day.people, who),
            "email": identity.account_emails(day.people, who, day.number),
            "key": pl.Series(["favourite_category", "contact_frequency", "preferred_channel"]).gather(kind),
            "category": CATEGORY_NAMES.gather(day.people.category[who].astype(np.int64)),
            "frequency": _FREQUENCIES.gather(_picked(day, "how often", who, len(_FREQUENCIES))),
            "channel": pl.Series(CHANNELS).gather(_picked(day, "where", who, len(CHANNELS))),
            "kind": kind,
            "at": at,
        }
    ).sort("at", "account_id")
    value = pl.when(kind=0).then("category").when(kind=1).then("frequency").otherwise("channel")
    lasts = pl.when(pl.col("kind") != 0).then(pl.col("at") + timedelta(days=PREFERENCE_LASTS_DAYS))
    frame = frame.with_columns(value=value, expires_at=lasts)
    return shaped(frame, PREFERENCES)


def _picked(day: Day, purpose: str, who: Ints, count: int) -> Ints:
    """What each person says whenever asked: one of `count` answers."""
    return np.floor(draws.uniform(day.world.seed, purpose, who) * count).astype(np.int64)


def erasures(day: Day, state: State) -> pl.DataFrame:
    """The frame `erasures`; whoever asks to be forgotten leaves and is never written to again."""
    people = day.people
    who = people.number[(day.chance("forget me", people.number) < ERASURES_A_DAY)]
    who = who[(people.joined[who] <= day.number) & ~state.is_erased[who] & people.gives_email[who]]
    state.is_erased[who] = True
    state.permission[:, who] = REFUSED
    frame = pl.DataFrame(
        {
            "person": who,
            "account_id": identity.account_ids(people, who),
            "email": identity.account_emails(day.people, who, day.number),
            "phone": identity.phones(people, who),
            "at": day.at(9 * 3600 + day.chance("forget at", who) * 8 * 3600),
            "has_account": people.has_account[who],
            "gives_phone": people.gives_phone[who],
        }
    ).sort("at", "email", "person")
    frame = frame.with_columns(
        account_id=pl.when("has_account").then("account_id"), phone=pl.when("gives_phone").then("phone")
    )
    return shaped(frame, ERASURES)
