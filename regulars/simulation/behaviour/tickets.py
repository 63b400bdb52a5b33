"""Who writes to the support, what about, and how it ends.

A ticket's whole course is drawn when it is opened, and its versions wait in the agenda for their day.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regulars.simulation import identity
from regulars.simulation.behaviour.service import change_mood
from regulars.simulation.day import Day
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.facts import TICKET_USERS, TICKETS, shaped
from regulars.simulation.state import State

# ours
SHARE_ASKING_A_DAY = 0.00025
SHARE_RATED, SHARE_REOPENED = 0.35, 0.06
MOOD_HELPED, MOOD_FAILED = 0.5, -0.5
SHARE_HELPED = 0.76
_LATE, _DEFECT, _QUESTION = 0, 1, 2
_SUBJECTS = pl.Series(
    [
        "Where is my parcel?",
        "Delivery is very late",
        "Item arrived broken",
        "Wrong item, please replace",
        "Question about an order",
        "How do I change my address?",
    ]
)
_TAGS = pl.Series([["delivery", "late"], ["product", "defect"], ["question"]])
_VIA = pl.Series(["email", "web", "chat", "phone"])
_PRIORITIES = pl.Series(["low", "normal", "high", "urgent"])
_THANKS = pl.Series(["Quick and kind, thank you", "Solved at once", None, None])
_GRUDGES = pl.Series(["Nobody answered for days", "Still not solved", "Was told to wait again", None])


def open_tickets(day: Day, state: State, who: Ints, parcels: pl.DataFrame) -> pl.DataFrame:
    """Draw today's tickets, plan their versions, and return the frame `ticket_users` of new users."""
    upset = parcels.filter(pl.col("is_late") | pl.col("is_defect"))
    hurt = upset["person"].to_numpy()
    writes = day.chance("writes", hurt) < day.people.complains[hurt]
    asking = who[day.chance("asks", who) < SHARE_ASKING_A_DAY]
    asking = asking[state.orders[asking] > 0]
    kind = np.where(upset["is_defect"].to_numpy(), _DEFECT, _LATE)[writes]
    opened = pl.DataFrame(
        {
            "person": np.concatenate([hurt[writes], asking]).astype(np.int32),
            "kind": np.concatenate([kind, np.full(len(asking), _QUESTION)]),
            "order_id": pl.concat(
                [upset["order_id"].filter(pl.Series(writes)), pl.Series([None] * len(asking), dtype=pl.Int64)]
            ),
        }
    ).unique("person", keep="first", maintain_order=True)
    if opened.is_empty():
        return TICKET_USERS.to_frame()
    seconds = 8 * 3600 + day.chance("ticket hour", opened["person"].to_numpy()) * 13 * 3600
    order = np.argsort(seconds, kind="stable")
    opened, seconds = opened[order], seconds[order]
    writers = opened["person"].to_numpy()
    state.plan("tickets", _versions(day, state, opened, seconds))
    new = ~state.is_known_to_support[writers]
    state.is_known_to_support[writers] = True
    return _users(day, writers[new], seconds[new])


def _users(day: Day, who: Ints, seconds: Floats) -> pl.DataFrame:
    people = day.people
    names = pl.DataFrame({"f": identity.first_names(people, who), "l": identity.last_names(people, who)})
    frame = pl.DataFrame(
        {
            "person": who,
            "requester_id": identity.requester_ids(people, who),
            "at": day.at(seconds),
            "name": names.select(pl.format("{} {}", "f", "l")).to_series(),
            "email": identity.emails(people, who, identity.present_version(people, who, day.number)),
            "phone": identity.phones(people, who),
            "by_phone": day.chance("via", who) > 0.7,
        }
    )
    frame = frame.with_columns(phone=pl.when("by_phone").then("phone")).sort("at", "requester_id")
    return shaped(frame, TICKET_USERS)


def _versions(day: Day, state: State, opened: pl.DataFrame, seconds: Floats) -> pl.DataFrame:
    """Every version of today's tickets: opened, solved, perhaps reopened and solved again, perhaps rated."""
    who, count = opened["person"].to_numpy(), opened.height
    solved_on = day.number + 1 + np.floor(day.chance("solved on", who) ** 2 * 4).astype(np.int64)
    reopened = day.chance("reopened", who) < SHARE_REOPENED
    helped = day.chance("helped", who) < SHARE_HELPED
    rated = day.chance("rated", who) < SHARE_RATED
    base = _present_form(day, state, opened, seconds)
    everyone = np.ones(count, dtype=bool)
    mood = np.where(helped, MOOD_HELPED, MOOD_FAILED)
    last = solved_on + np.where(reopened, 3, 0)
    steps = [
        (everyone, np.full(count, day.number), "new", None, np.zeros(count)),
        (everyone, solved_on, "solved", "offered", np.where(reopened, 0.0, mood)),
        (reopened, solved_on + 1, "open", "offered", np.full(count, -0.2)),
        (reopened, solved_on + 3, "solved", "offered", mood),
        (rated, last + 1, "closed", "rated", np.zeros(count)),
    ]
    hours = [seconds, *(9 * 3600 + day.chance("answer hour", who, n) * 8 * 3600 for n in range(1, 5))]
    ended = _moments(day, last, np.where(reopened, hours[3], hours[1]))
    frames = []
    for position, (takes_part, due, status, satisfaction, change) in enumerate(steps):
        version = base.with_columns(
            due=pl.Series(due),
            at=pl.Series(_moments(day, due, hours[position])).cast(TICKETS["at"]),
            status=pl.lit(status),
            satisfaction=pl.lit(satisfaction, pl.String),
            mood=pl.Series(change),
            solved_at=pl.Series(ended).cast(TICKETS["at"]),
        )
        frames.append(version.filter(pl.Series(takes_part)))
    versions = pl.concat(frames)
    is_rated, is_solved = pl.col("satisfaction") == "rated", pl.col("status").is_in(["solved", "closed"])
    verdict = pl.when("helped").then(pl.lit("good")).otherwise(pl.lit("bad"))
    return versions.with_columns(
        satisfaction=pl.when(is_rated).then(verdict).otherwise("satisfaction"),
        satisfaction_comment=pl.when(is_rated).then(pl.when("helped").then("thanks").otherwise("grudge")),
        solved_at=pl.when(is_solved).then(
            pl.when(pl.col("status") == "solved").then("at").otherwise("solved_at")
        ),
    )


def _moments(day: Day, due: Ints, seconds: Floats) -> NDArray[Any]:
    """Moments on days to come, each in the middle of its day whatever the clocks do."""
    moments: NDArray[Any] = day.at(seconds) + (due - day.number).astype("timedelta64[D]")
    return moments


def _present_form(day: Day, state: State, opened: pl.DataFrame, seconds: Floats) -> pl.DataFrame:
    who, kind = opened["person"].to_numpy(), opened["kind"].to_numpy()
    first, state.next_ticket = state.next_ticket, state.next_ticket + len(who)
    chance = day.chance("ticket words", who)
    half = (chance < 0.5).astype(np.int64)
    words = np.floor(day.chance("rating words", who) * 4).astype(np.int64)
    urgency = (kind != _QUESTION) + 2 * (chance > 0.85)
    is_complaint = (kind != _QUESTION) & (day.chance("tone", who) < 0.75)
    return opened.with_columns(
        ticket_id=first + pl.int_range(len(who)),
        requester_id=pl.Series(identity.requester_ids(day.people, who)),
        created_at=pl.Series(day.at(seconds)).cast(TICKETS["created_at"]),
        priority=_PRIORITIES.gather(urgency),
        via=_VIA.gather(np.floor(day.chance("via", who) * 4).astype(np.int64)),
        subject=_SUBJECTS.gather(kind * 2 + half),
        tags=_TAGS.gather(kind),
        is_complaint=pl.Series(is_complaint),
        helped=pl.Series(day.chance("helped", who) < SHARE_HELPED),
        thanks=_THANKS.gather(words),
        grudge=_GRUDGES.gather(words),
    )


def ticket_versions(day: Day, state: State) -> pl.DataFrame:
    """The frame `tickets`: today's versions; a ticket solved well or badly moves the mood."""
    due = state.take_due("tickets", day.number)
    change_mood(state, due["person"].to_numpy(), due["mood"].to_numpy())
    return due.sort("at", "ticket_id").select(TICKETS.names())
