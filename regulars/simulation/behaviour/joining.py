"""Accounts and loyalty cards: who gets one today, and whose account says something new."""

import numpy as np
import polars as pl

from regulars.simulation import identity
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Ints
from regulars.simulation.facts import CARDS, SHOP_CUSTOMERS, shaped
from regulars.simulation.state import GRANTED, State

_EMAIL, _SMS = 0, 1
VIP_CENTS = 60_000
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
    day: Day, state: State, *, new: tuple[Ints, Bools], changed: Ints, ordered_at: pl.DataFrame
) -> pl.DataFrame:
    """The frame `shop_customers`: new accounts, and one row for each changed account that is not new.

    Args:
        day: The day.
        state: As it is at the end of the day.
        new: What `new_accounts` said.
        changed: People whose first account has other content than yesterday.
        ordered_at: Columns `person` and `at` of today's orders; an account changes when its order comes.
    """
    people, gone = day.people, state.is_erased
    moved = people.number[people.has_account & (people.new_email_day == day.number)]
    changed = np.setdiff1d(np.union1d(changed, moved), new[0][~new[1]])
    changed = changed[people.has_account[changed] & ~gone[changed] & (people.joined[changed] <= day.number)]
    who = np.concatenate([new[0], changed]).astype(np.int32)
    second = np.concatenate([new[1], np.zeros(len(changed), dtype=bool)])
    stays = ~gone[who]
    who, second = who[stays], second[stays]
    frame = _account_frame(day, state, who, second)
    times = ordered_at.group_by("person").agg(at=pl.col("at").max())
    frame = frame.join(times, on="person", how="left", suffix="_of_order", maintain_order="left")
    frame = frame.with_columns(at=pl.coalesce("at_of_order", "at")).sort("at", "account_id")
    return shaped(frame, SHOP_CUSTOMERS)


def _account_frame(day: Day, state: State, who: Ints, second: Bools) -> pl.DataFrame:
    people = day.people
    spent = np.where(second, 0, state.shop_spent_cents[who])
    frame = pl.DataFrame(
        {
            "person": who.astype(np.int32),
            "account_id": identity.account_ids(who, second=second),
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
            "total_orders": np.where(second, 0, state.shop_orders[who]),
            "note": _NOTES.gather((who * 7 % 97 % 24).clip(0, 3) * (who % 5 == 0)),
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
            "card_number": identity.card_numbers(who),
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
