"""What becomes of the messages of a day: delivered, read, clicked, resented; and what they do to people."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.simulation import draws, identity
from regulars.simulation.behaviour.effects import OFFER_LASTS_DAYS, action_effects, apply_effects
from regulars.simulation.day import LAST_SECOND, Day
from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.facts import MESSAGES, shaped
from regulars.simulation.people import CHANNELS
from regulars.simulation.state import State

# one row per message to be sent today; `address` null means the one that the company has on file
PLANNED = pl.Schema(
    {
        "person": pl.Int32(),
        "channel": pl.Int8(),
        "action": pl.Int16(),
        "carries_offer": pl.Boolean(),
        "decision_id": pl.String(),
        "address": pl.String(),
        "version": pl.Int8(),  # which of the person's e-mail addresses it is
        "is_dead": pl.Boolean(),  # the address reaches nobody
        "is_addressee": pl.Boolean(),  # false for the second reader of a shared inbox
    }
)
FIRST_HOUR, LAST_HOUR = 9.0, 20.0
# by channel: e-mail, sms, push; ours; docs/simulator.md compares what comes of them with published rates
READ_AT_LEAST, READ_BY_RESPONSE = np.array([0.08, 0.85, 0.04]), np.array([0.5, 0.12, 0.25])
CLICK_AT_LEAST, CLICK_BY_RESPONSE = np.array([0.03, 0.02, 0.05]), np.array([0.16, 0.08, 0.3])
UNSUBSCRIBE = np.array([0.0035, 0.004, 0.0015])
COMPLAIN = np.array([0.0006, 0.0, 0.0])
BOUNCE = np.array([0.0015, 0.012, 0.01])
FATIGUE_FROM_TOUCHES = 6.0
SHARE_PROXY_OPENS = 0.95
TOUCHES_LAST_DAYS = 30
READ_WHEN_GONE = 0.25
_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
_AGENTS = pl.Series(
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "Mozilla/5.0 (Windows NT 10.0)"]
)
_REASONS = pl.Series(["550 5.1.1 user unknown", "30005 unknown destination handset", "unregistered token"])


@dataclass(frozen=True)
class Delivery:
    """What the day's messages did."""

    messages: pl.DataFrame
    clickers: tuple[Ints, Floats]
    unsubscribed: Ints  # from e-mail
    complaints: int
    truth: pl.DataFrame


@dataclass(frozen=True)
class _Outcome:
    who: Ints
    inbox: tuple[Ints, Ints]  # whose e-mail address it is, and which of theirs
    drawer: Ints  # tells apart the messages of one person and day
    sent_at: Floats
    bounced: Bools
    opened_by_proxy: Bools
    read: Bools
    read_at: Floats
    clicked: Bools
    unsubscribed: Bools
    complained: Bools


def deliver(day: Day, state: State, planned: pl.DataFrame, *, policy: str) -> Delivery:
    """Send the planned messages and move the state by their effects."""
    outcome = _outcome(day, state, planned)
    channel, is_mail = planned["channel"].to_numpy(), planned["channel"].to_numpy() == 0
    messages = _messages(day, state, planned, outcome)
    _affect(day, state, planned, outcome)
    refusing = outcome.unsubscribed | outcome.complained
    for number in (1, 2):
        state.permission[number, outcome.who[refusing & (channel == number)]] = 2
    owner, own = (each[(outcome.bounced | outcome.complained) & is_mail] for each in outcome.inbox)
    state.suppressed[own, owner] = True
    truth = planned.select("person", "channel", "action", "decision_id").with_columns(
        channel=pl.Series(CHANNELS).gather(channel.astype(np.int64)),
        action=_names(state, planned),
        policy=pl.lit(policy),
        is_read=pl.Series(outcome.read),
    )
    return Delivery(
        messages,
        (outcome.who[outcome.clicked], outcome.read_at[outcome.clicked] + 25.0),
        np.unique(outcome.who[refusing & is_mail]),
        int(outcome.complained.sum()),
        truth,
    )


def _names(state: State, planned: pl.DataFrame) -> pl.Series:
    return pl.Series("action", state.actions, dtype=pl.String).gather(planned["action"].cast(pl.Int64))


def _outcome(day: Day, state: State, planned: pl.DataFrame) -> _Outcome:
    who, channel = planned["person"].to_numpy(), planned["channel"].to_numpy()
    people, count = day.people, planned.select(pl.int_range(pl.len()).over("person")).to_series().to_numpy()
    drawer = (count << 40) + who.astype(np.int64) * 4 + channel
    answer, seconds = people.responsiveness[who], _seconds(day, who, drawer)
    owner, own = identity.inboxes(people, who, planned["version"].to_numpy())
    # an address bounces for whoever reads it, and every message of the day
    address = np.where(channel == 0, owner.astype(np.int64) * 4 + own, who) * 4 + channel
    bounced = planned["is_dead"].to_numpy() | (day.chance("bounces", address) < BOUNCE[channel])
    excess = (state.touched[who] / FATIGUE_FROM_TOUCHES) ** 2
    attention = draws.exp(-0.04 * state.touched[who]) * np.where(state.left_on[who] >= 0, READ_WHEN_GONE, 1.0)
    share = (READ_AT_LEAST[channel] + READ_BY_RESPONSE[channel] * answer) * attention
    read = ~bounced & (day.chance("reads", drawer) < share)
    clicks = CLICK_AT_LEAST[channel] + CLICK_BY_RESPONSE[channel] * answer
    proxy = people.has_proxy_inbox[who] & (channel == 0) & ~bounced
    return _Outcome(
        who=who,
        inbox=(owner, own),
        drawer=drawer,
        sent_at=seconds,
        bounced=bounced,
        opened_by_proxy=proxy & (day.chance("proxy opens", drawer) < SHARE_PROXY_OPENS),
        read=read,
        read_at=seconds + 60 + (LAST_SECOND - seconds - 200).clip(0) * day.chance("read at", drawer) ** 3,
        clicked=read & (day.chance("clicks", drawer) < clicks) & (state.left_on[who] < 0),
        unsubscribed=read & (day.chance("unsubscribes", drawer) < UNSUBSCRIBE[channel] * (1 + excess)),
        complained=read & (day.chance("complains", drawer) < COMPLAIN[channel] * (1 + excess)),
    )


def _seconds(day: Day, who: Ints, drawer: Ints) -> Floats:
    """When each message is sent: at its person's hour, and between 9 and 20."""
    hour = day.people.hour[who] + 1.5 * (day.chance("message hour", drawer) - 0.5)
    return hour.clip(FIRST_HOUR, LAST_HOUR) * 3600.0


def _affect(day: Day, state: State, planned: pl.DataFrame, outcome: _Outcome) -> None:
    """Move the state: effects of what arrived, offers that can be redeemed, touches that add up."""
    arrived, offers = ~outcome.bounced, planned["carries_offer"].to_numpy()
    actions = planned["action"].to_numpy()
    for action in np.unique(actions):
        for carries_offer in (False, True):
            chosen = np.flatnonzero((actions == action) & (offers == carries_offer) & arrived)
            who, read = outcome.who[chosen], outcome.read[chosen]
            on_rate, on_hazard = action_effects(
                day.world.seed,
                day.people,
                who,
                action=state.actions[action],
                carries_offer=carries_offer,
            )
            apply_effects(state, who, on_rate=on_rate * read, on_hazard=on_hazard)
            if carries_offer:
                state.offer[who[read]] = action
                state.offer_until[who[read]] = day.number + OFFER_LASTS_DAYS
    np.add.at(state.touched, outcome.who[arrived], np.float32(1))


def forget_touches(state: State) -> None:
    """A day passes over the counts of recent touches."""
    state.touched *= np.float32(1 - 1 / TOUCHES_LAST_DAYS)


def _messages(day: Day, state: State, planned: pl.DataFrame, outcome: _Outcome) -> pl.DataFrame:
    """The frame `messages`: each thing that happened to a message at its moment."""
    addressed = planned["is_addressee"].to_numpy()
    seconds, channel = outcome.sent_at, planned["channel"].to_numpy()
    delay = 2 + 25 * day.chance("delivery", outcome.drawer)
    sees_open = outcome.read & (channel != 1)
    sms_stop = outcome.unsubscribed & ~outcome.complained
    happenings = [
        ("sent", addressed, seconds, False),
        ("delivered", addressed & ~outcome.bounced, seconds + delay, False),
        ("bounced", addressed & outcome.bounced, seconds + delay, False),
        ("opened", addressed & outcome.opened_by_proxy, seconds + delay + 15, True),
        ("opened", addressed & sees_open, outcome.read_at, False),
        ("clicked", addressed & outcome.clicked, outcome.read_at + 20, False),
        ("unsubscribed", addressed & sms_stop, outcome.read_at + 45, False),
        ("complained", addressed & outcome.complained, outcome.read_at + 50, False),
    ]
    rows = [np.flatnonzero(mask) for _, mask, _, _ in happenings]
    row = np.concatenate(rows)
    at = np.concatenate([moment[chosen] for (_, _, moment, _), chosen in zip(happenings, rows, strict=True)])
    what = np.repeat(np.arange(len(happenings)), [len(chosen) for chosen in rows])
    numbers = (day.number << 32) + np.arange(len(seconds))
    touch = draws.bits(day.world.seed, "touch", numbers)
    order = np.lexsort((what, touch[row], at))
    row, at, what = row[order], at[order], what[order]
    base = _message_words(day, state, planned, touch)[row]
    names = pl.Series("event", [name for name, _, _, _ in happenings]).gather(what)
    is_machine = pl.Series("is_machine", np.array([machine for _, _, _, machine in happenings])[what])
    frame = base.with_columns(names, is_machine, pl.Series("at", day.at(at)))
    return shaped(_with_details(frame), MESSAGES)


def _message_words(day: Day, state: State, planned: pl.DataFrame, touch: NDArray[np.uint64]) -> pl.DataFrame:
    who, channel = planned["person"].to_numpy(), planned["channel"].to_numpy().astype(np.int64)
    people = day.people
    frame = planned.select("person", "decision_id", "address").with_columns(
        touch_id=pl.Series(identity.hexadecimal(touch.reshape(-1, 1)), dtype=pl.String),
        channel=pl.Series(CHANNELS).gather(channel),
        action_ref=_names(state, planned),
        own_email=identity.account_emails(people, who, day.number),
        own_phone=identity.phones(people, who),
        own_account=identity.account_ids(people, who),
        agent=_AGENTS.gather(people.is_desktop_first[who].astype(np.int64)),
        bounce=_REASONS.gather(channel),
    )
    return frame.with_columns(
        email=pl.when(channel="email").then(pl.coalesce("address", "own_email")),
        phone=pl.when(channel="sms").then(pl.coalesce("address", "own_phone")),
        account_id=pl.when(channel="push").then("own_account"),
    )


def _with_details(frame: pl.DataFrame) -> pl.DataFrame:
    clicked, seen = pl.col("event") == "clicked", pl.col("event").is_in(["opened", "clicked"])
    return frame.with_columns(
        url=pl.when(clicked).then(pl.format("https://shop.example.com/offers/{}", "action_ref")),
        user_agent=pl.when("is_machine").then(pl.lit(_PROXY)).when(seen).then("agent"),
        reason=pl.when(event="bounced").then("bounce"),
    )
