"""Accounts and loyalty cards: who gets one today, and whose account says something new."""

import numpy as np
import polars as pl

from regulars.simulation import draws, identity
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Ints
from regulars.simulation.facts import CARDS, SHOP_CUSTOMERS, shaped
from regulars.simulation.state import GRANTED, State

_EMAIL, _SMS = 0, 1
VIP_CENTS = 60_000
SHARE_WITH_NOTE = 0.2
_NOTES = pl.Series(
    ["", "Prefers delivery on Saturday", 'Asked for "quiet" parcels, please', "Allergic: nuts"]
)
_SPELLINGS = {"é": "e", "ö": "oe", "ü": "ue", "á": "a", "í": "i", "ñ": "n", "ie": "y", "ck": "k", "ll": "l"}


def new_accounts(day: Day) -> tuple[Ints, Bools]:
    """Who opens a shop account today, and whether it is a second one."""
    people = day.people
    first = people.number[people.has_account & (people.joined == day.number)]
    second = people.number[people.has_account & (people.second_account_day == day.number)]
    is_second = np.arange(len(first) + len(second)) >= len(first)
    return np.concatenate([first, second]), is_second


def shop_customers(
    day: Day, state: State, *, new: tuple[Ints, Bools], changed: Ints, ordered: pl.DataFrame
) -> pl.DataFrame:
    """The frame `shop_customers`: new accounts, and one row for each changed account that is not new.

    Args:
        day: The day.
        state: As it is at the end of the day.
        new: What `new_accounts` said.
        changed: People whose first account has other content than yesterday.
        ordered: Columns `person`, `is_second` and `at` of today's orders that count to an account, which
            changes when its order comes.
    """
    people, gone = day.people, state.is_erased
    moved = people.number[people.has_account & (people.new_email_day == day.number)]
    changed = np.union1d(changed, moved)
    changed = changed[people.has_account[changed] & (people.joined[changed] <= day.number)]
    opened = _numbers(*new)
    buying = _numbers(ordered["person"].to_numpy(), ordered["is_second"].to_numpy())
    known = np.setdiff1d(np.union1d(_numbers(changed, np.zeros(len(changed), dtype=bool)), buying), opened)
    accounts = np.concatenate([opened, known])
    who, second = (accounts // 2).astype(np.int32), accounts % 2 == 1
    frame = _account_frame(day, state, who[~gone[who]], second[~gone[who]])
    times = ordered.group_by("person", "is_second").agg(at_of_order=pl.col("at").max())
    frame = frame.join(times, on=["person", "is_second"], how="left", maintain_order="left")
    frame = frame.with_columns(at=pl.coalesce("at_of_order", "at")).sort("at", "account_id")
    return shaped(frame, SHOP_CUSTOMERS)


def _numbers(who: Ints, second: Bools) -> Ints:
    """A number for each account."""
    return who.astype(np.int64) * 2 + second


def _account_frame(day: Day, state: State, who: Ints, second: Bools) -> pl.DataFrame:
    people = day.people
    account = second.astype(np.int64)
    spent = state.account_spent_cents[account, who]
    frame = pl.DataFrame(
        {
            "person": who.astype(np.int32),
            "account_id": identity.account_ids(people, who, second=second),
            "at": day.at(day.chance("account hour", who) * 5400 + 300),
            "first_name": identity.first_names(people, who),
            "last_name": identity.last_names(people, who),
            "own_email": identity.account_emails(people, who, day.number),
            "second_email": identity.emails(people, who, np.full(len(who), 3)),
            "is_second": second,
            "phone": identity.phones(people, who),
            "gives_phone": people.gives_phone[who],
            "accepts_email": (state.permission[_EMAIL, who] == GRANTED) & ~second,
            "accepts_sms": (state.permission[_SMS, who] == GRANTED) & ~second,
            "total_spent_cents": spent,
            "total_orders": state.account_orders[account, who],
            "note": _NOTES.gather(_notes(day, who)),
            "tags": pl.Series(["", "vip"]).gather((spent >= VIP_CENTS).astype(np.int64)),
        }
    ).hstack(identity.addresses(day.world.seed, people, who))
    newsletter = pl.when("accepts_email").then(pl.lit("newsletter"))
    tags = pl.concat_str(
        pl.when(pl.col("tags") != "").then("tags"), newsletter, separator=", ", ignore_nulls=True
    )
    return frame.with_columns(
        email=pl.when("is_second").then("second_email").otherwise("own_email"),
        phone=pl.when("gives_phone").then("phone"),
        note=pl.when(pl.col("note") != "").then("note"),
        tags=pl.when(tags != "").then(tags),
    )


def _notes(day: Day, who: Ints) -> Ints:
    """Which note staff keep about each person, mostly the empty one."""
    drawn = draws.uniform(day.world.seed, "note", who) / SHARE_WITH_NOTE
    return np.where(drawn < 1, 1 + np.floor(drawn * (len(_NOTES) - 1)), 0).astype(np.int64)


def cards(day: Day) -> pl.DataFrame:
    """The frame `cards`: loyalty cards handed out today, some under another spelling or a partner's phone."""
    people = day.people
    who = people.number[people.has_card & (people.joined == day.number)]
    phone_of = np.where(people.card_partner_phone[who], identity.partner(people, who), who)
    days = (people.birth_year[who].astype(np.int64) - 1940) * 365.25 + people.birth_day[who]
    born = np.datetime64("1940-01-01", "D") + np.floor(days).astype("timedelta64[D]")
    frame = pl.DataFrame(
        {
            "person": who,
            "card_number": identity.card_numbers(people, who),
            "at": day.at(9.5 * 3600 + day.chance("card hour", who) * 10 * 3600),
            "first_name": identity.first_names(people, who),
            "last_name": identity.last_names(people, who),
            "email": identity.emails(people, who, identity.present_version(people, who, day.number)),
            "gives_email": people.gives_email_for_card[who],
            "phone": identity.phones(people, phone_of),
            "gives_phone": people.gives_phone[who],
            "birth_date": born,
            "zip": identity.addresses(day.world.seed, people, who)["zip"],
            "home_store": people.home_store[who],
            "is_other": people.card_spelled_otherwise[who],
        }
    )
    spelled = pl.col("last_name").str.replace_many(list(_SPELLINGS), list(_SPELLINGS.values()))
    frame = frame.with_columns(
        last_name=pl.when("is_other").then(spelled).otherwise("last_name"),
        first_name=pl.when("is_other").then(pl.col("first_name").str.head(3)).otherwise("first_name"),
        email=pl.when("gives_email").then("email"),
        phone=pl.when("gives_phone").then("phone"),
    )
    return shaped(frame.sort("at", "card_number"), CARDS)
