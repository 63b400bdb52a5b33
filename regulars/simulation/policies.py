"""Who is written to today: by the company's old habits, by the published lists, at random, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from regulars.simulation import identity, truth
from regulars.simulation.behaviour.touches import PLANNED
from regulars.simulation.choices import PolicyName
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Ints, choice
from regulars.simulation.facts import shaped
from regulars.simulation.people import CHANNELS
from regulars.simulation.state import GRANTED, State

# touches a day per permitted person and channel under the old habits; what `random` keeps to without lists
LEGACY_TOUCHES_A_DAY = 0.09
_TUESDAY, _THURSDAY = 1, 3
LISTS = Path("state", "published", "current", "action_lists")


@dataclass(frozen=True)
class StoreAction:
    """An action of the store's actions.yml, as far as people feel it."""

    action: str
    carries_offer: bool
    channels: tuple[str, ...]


# the old habits: action, offer, channel; random halves, so that effects can be learnt from the history
NEWSLETTER = StoreAction("newsletter", carries_offer=False, channels=("email",))
PROMOTION = StoreAction("promotion", carries_offer=True, channels=("email",))
BIRTHDAY = StoreAction("birthday", carries_offer=True, channels=("email",))
TEXT_PROMOTION = StoreAction("text_promotion", carries_offer=True, channels=("sms",))
APP_NEWS = StoreAction("app_news", carries_offer=False, channels=("push",))
HABITS = (NEWSLETTER, PROMOTION, BIRTHDAY, TEXT_PROMOTION, APP_NEWS)


@dataclass(frozen=True)
class Policy:
    """How the messages of the days to come are chosen."""

    name: PolicyName
    store: Path
    actions: Sequence[StoreAction] = field(default=())

    def plan(self, day: Day, state: State) -> pl.DataFrame:
        """The messages of a day, with the columns of `PLANNED`."""
        if self.name == "legacy":
            return _legacy(day, state)
        if self.name == "none":
            return PLANNED.to_frame()
        listed = listed_rows(self.store, day.date - timedelta(days=1))
        return (
            _listed(day, state, self, listed) if self.name == "lists" else _random(day, state, self, listed)
        )


def may_receive(day: Day, state: State, channel: int) -> Bools:
    """Who has granted a channel and can be reached by it."""
    granted: Bools = (state.permission[channel] == GRANTED) & (day.people.joined <= day.number)
    if channel == 0:
        who = day.people.number
        version = identity.mail_version(day.people, who, day.number)
        owner, own = identity.inboxes(day.people, who, version)
        granted &= ~state.suppressed[own, owner]
    return granted


def _legacy(day: Day, state: State) -> pl.DataFrame:
    weekday, month_day = day.date.weekday(), day.date.day
    habits: list[tuple[StoreAction, float, Bools | None]] = []
    if weekday == _TUESDAY:
        habits.append((NEWSLETTER, 0.5, None))
    if weekday == _THURSDAY:
        habits.append((APP_NEWS, 0.3, None))
    if month_day in (1, 15):
        habits.append((PROMOTION, 0.4, None))
    if month_day == 8:  # noqa: PLR2004 (a day of the month)
        habits.append((TEXT_PROMOTION, 0.5, None))
    is_birthday = day.people.birth_day == day.date.timetuple().tm_yday
    habits.append((BIRTHDAY, 0.9, is_birthday & day.people.has_card))
    return pl.concat([_sent(day, state, *habit) for habit in habits])


def _sent(day: Day, state: State, habit: StoreAction, share: float, only: Bools | None) -> pl.DataFrame:
    channel = CHANNELS.index(habit.channels[0])
    reachable = may_receive(day, state, channel)
    who = np.flatnonzero(reachable if only is None else reachable & only).astype(np.int32)
    who = who[day.chance(f"gets {habit.action}", who) < share]
    action = state.action_index(habit.action)
    return planned(
        day, who, channel=np.full(len(who), channel), action=np.full(len(who), action)
    ).with_columns(carries_offer=pl.lit(habit.carries_offer))


def planned(day: Day, who: Ints, *, channel: Ints, action: Ints) -> pl.DataFrame:
    """Messages to the addresses on file."""
    version = identity.mail_version(day.people, who, day.number)
    frame = pl.DataFrame(
        {
            "person": who,
            "channel": channel,
            "action": action,
            "carries_offer": np.zeros(len(who), dtype=bool),
            "decision_id": pl.Series([None], dtype=pl.String).new_from_index(0, len(who)),
            "address": pl.Series([None], dtype=pl.String).new_from_index(0, len(who)),
            "version": version,
            "is_dead": (channel == 0) & (version == identity.MISTYPED),
            "is_addressee": np.ones(len(who), dtype=bool),
        }
    )
    return shaped(frame, PLANNED)


def listed_rows(store: Path, as_of: date) -> pl.DataFrame | None:
    """The rows of the published lists with their channel, or none when they are not of `as_of`."""
    files = sorted((store / LISTS).glob("*.csv"))
    frames = [pl.read_csv(file, infer_schema=False).with_columns(channel=pl.lit(file.stem)) for file in files]
    # only some have products beside their actions
    rows = pl.concat(frames, how="diagonal") if frames else None
    if rows is None or rows.is_empty() or rows["as_of_date"].unique().to_list() != [as_of.isoformat()]:
        return None
    return rows


def _listed(day: Day, state: State, policy: Policy, rows: pl.DataFrame | None) -> pl.DataFrame:
    """Deliver what the lists name to whoever the address reaches."""
    if rows is None:
        return PLANNED.to_frame()
    found = truth.readers_of(policy.store, rows.filter(pl.col("channel").is_in(CHANNELS)))
    found = found.filter(pl.col("person").is_in(np.flatnonzero(day.people.joined <= day.number)))
    owner, own = identity.inboxes(day.people, found["person"].to_numpy(), found["version"].to_numpy())
    found = found.filter((pl.col("channel") != "email") | pl.Series(~state.suppressed[own, owner]))
    if found.is_empty():
        return PLANNED.to_frame()
    actions = {name: state.action_index(name) for name in found["action_id"].unique().sort()}
    who = found["person"].to_numpy()
    channel = found["channel"].replace_strict({name: n for n, name in enumerate(CHANNELS)}).to_numpy()
    action = found["action_id"].replace_strict(actions).to_numpy()
    frame = planned(day, who, channel=channel, action=action).with_columns(
        found["decision_id"],
        found["version"],
        found["is_dead"],
        found["is_addressee"],
        found["address"],
        carries_offer=found["offer"].is_not_null() & (found["offer"] != ""),
    )
    return shaped(frame, PLANNED).select(PLANNED.names())


def _random(day: Day, state: State, policy: Policy, rows: pl.DataFrame | None) -> pl.DataFrame:
    """One action drawn for each of as many permitted people as the lists name, or as the old habits did."""
    people, offers = day.people.number, policy.actions or HABITS
    drawn = np.floor(day.chance("random action", people) * len(offers)).astype(np.int64)
    weights = np.array([[name in offer.channels for name in CHANNELS] for offer in offers], dtype=np.float64)
    channel = np.zeros(len(people), dtype=np.int64)
    for number, row in enumerate(weights):
        mine = drawn == number
        if row.any():
            channel[mine] = choice(day.chance("random channel", people[mine]), row)
    permitted = np.stack([may_receive(day, state, number) for number in range(len(CHANNELS))])
    possible = permitted[channel, people] & (weights[drawn, channel] > 0)
    share = rows.height / max(int(possible.sum()), 1) if rows is not None else LEGACY_TOUCHES_A_DAY
    who = people[possible & (day.chance("random turn", people) < share)]
    index = np.array([state.action_index(offer.action) for offer in offers])[drawn[who]]
    has_offer = np.array([offer.carries_offer for offer in offers])[drawn[who]]
    return planned(day, who, channel=channel[who], action=index).with_columns(
        carries_offer=pl.Series(has_offer)
    )
