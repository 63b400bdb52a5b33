"""Messages go to those who permitted them, and what happens to one follows from what happened before."""

import numpy as np
import polars as pl

from regulars.simulation import identity
from regulars.simulation.behaviour import touches
from regulars.simulation.behaviour.effects import action_effects
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.day import Day
from regulars.simulation.draws import Ints
from regulars.simulation.people import draw_people
from regulars.simulation.policies import may_receive, planned
from regulars.simulation.state import GRANTED, State, first_state
from regulars.simulation.world import World
from tests.unit.simulation.behaviour.conftest import History, lived


def test_nobody_is_written_to_without_having_granted_it(history: History) -> None:
    granted = history.all("consents").filter(status="granted")
    first = granted.group_by("person", "channel").agg(since=pl.col("at").min())
    sent = history.all("messages").filter(event="sent").join(first, on=["person", "channel"], how="left")
    assert sent["since"].is_not_null().all()
    assert (sent["since"] < sent["at"]).all()


def test_nobody_is_written_to_after_unsubscribing(history: History) -> None:
    messages = history.all("messages")
    gone = messages.filter(event="unsubscribed").group_by("person", "channel").agg(gone=pl.col("at").min())
    said = history.all("consents").filter(source="preference_centre", status="granted")
    again = said.select("person", "channel").unique()
    sent = messages.filter(event="sent").join(
        gone.join(again, on=["person", "channel"], how="anti"), on=["person", "channel"]
    )
    assert gone.height > 0
    assert sent.filter(pl.col("at") > pl.col("gone")).is_empty()


def test_what_bounced_was_neither_delivered_nor_opened(history: History) -> None:
    messages = history.all("messages")
    bounced = messages.filter(event="bounced")
    assert bounced["reason"].is_not_null().all()
    others = messages.join(bounced.select("touch_id"), on="touch_id", how="semi")["event"].unique().to_list()
    assert sorted(others) == ["bounced", "sent"]


def test_a_click_follows_an_open_by_a_human(history: History) -> None:
    mail = history.all("messages").filter(channel="email")
    clicked = mail.filter(event="clicked")
    opened = mail.filter((pl.col("event") == "opened") & ~pl.col("is_machine"))
    assert clicked.height > 0
    assert clicked.join(opened, on="touch_id", how="anti").is_empty()
    assert mail.filter((pl.col("event") == "opened") & pl.col("is_machine")).height > opened.height


def test_messages_arrive_in_the_day(history: History) -> None:
    sent = history.all("messages").filter(event="sent")
    local = sent["at"].dt.replace_time_zone("UTC").dt.convert_time_zone(history.world.time_zone)
    hour = local.dt.hour() + local.dt.minute() / 60
    assert hour.is_between(9, 20).all()


def test_some_are_persuaded_some_put_off_and_most_unmoved() -> None:
    people = draw_people(World(customers=20_000, days=10))
    on_rate, on_hazard = action_effects(1, people, people.number, action="any_name", carries_offer=True)
    assert 0.28 < (on_rate > 0).mean() < 0.4
    assert 0.08 < (on_rate < 0).mean() < 0.18
    assert (on_hazard[on_rate < 0] > 0).all()
    assert (on_hazard[on_rate == 0] == 0).all()


def test_an_offer_moves_those_who_watch_prices() -> None:
    people = draw_people(World(customers=20_000, days=10))
    with_offer, without = (
        action_effects(1, people, people.number, action="any_name", carries_offer=offer)[0]
        for offer in (True, False)
    )
    moved = with_offer > 0
    assert np.corrcoef(with_offer[moved], people.price_sensitivity[moved])[0, 1] > 0.5
    assert abs(np.corrcoef(without[moved], people.price_sensitivity[moved])[0, 1]) < 0.1


def test_people_draw_the_same_whatever_the_policy() -> None:
    world = World(customers=1500, days=20)
    silent, written_to = lived(world, "none"), lived(world, "random")
    untouched = np.setdiff1d(silent.people.number, written_to.all("messages")["person"].to_numpy())
    for kind in WHAT_PEOPLE_DO:
        without, beside = (
            did(each, kind).filter(pl.col("person").is_in(untouched)) for each in (silent, written_to)
        )
        assert without.height > 50
        assert without.equals(beside), kind
    assert silent.all("messages").is_empty()


def test_people_do_the_same_in_a_world_of_any_size() -> None:
    small, large = (
        lived(World(customers=customers, days=20, joining_days=24), "none") for customers in (600, 1500)
    )
    for kind in WHAT_PEOPLE_DO:
        of_few = did(small, kind)
        assert of_few.height > 50
        assert of_few.equals(did(large, kind).filter(pl.col("person") < 600)), kind


# all but ids that number what everybody does
WHAT_PEOPLE_DO = {
    "orders": ("at", "subtotal_cents", "email", "account_id", "shipping_last_name", "shipping_street"),
    "web_events": ("at", "call", "name", "path", "query", "product", "feature", "anonymous_id"),
}


def did(history: History, kind: str) -> pl.DataFrame:
    """What each person did, in a table that says nothing of how many others there are."""
    facts, people = history.all(kind), history.people
    if kind == "web_events":
        devices = [
            pl.DataFrame(
                {
                    "person": people.number,
                    "anonymous_id": identity.anonymous_ids(history.world.seed, people.number * 4 + own),
                }
            )
            for own in (0, 1)
        ]
        facts = facts.join(pl.concat(devices), on="anonymous_id")
    columns = ("person", *WHAT_PEOPLE_DO[kind])
    return facts.select(columns).sort(columns)


WORLD = World(customers=6000, days=60, dirt="none")
PEOPLE, CATALOGUE = draw_people(WORLD), draw_catalogue(WORLD)


def day_of(number: int) -> Day:
    return Day(WORLD, PEOPLE, CATALOGUE, number)


def permitting() -> State:
    """Everybody has granted every channel."""
    state = first_state(PEOPLE)
    state.permission[:] = GRANTED
    state.action_index("news")
    return state


def mailed(day: Day, who: Ints, *, is_dead: bool = False) -> pl.DataFrame:
    """An e-mail to each of the people."""
    nought = np.zeros(len(who), dtype=np.int64)
    return planned(day, who, channel=nought, action=nought).with_columns(is_dead=pl.lit(is_dead))


def test_a_bounce_at_a_shared_inbox_stops_both_who_read_it() -> None:
    state, day = permitting(), day_of(60)
    second = PEOPLE.number[PEOPLE.shares_inbox & ~PEOPLE.account_mistyped]
    first = PEOPLE.household[second]
    second = second[(PEOPLE.joined[second] <= 60) & (PEOPLE.joined[first] <= 60)]
    first = PEOPLE.household[second]
    stays = ~PEOPLE.account_mistyped[first] & (
        (PEOPLE.new_email_day[first] < 0) | (PEOPLE.new_email_day[first] > 60)
    )
    first, second = first[stays], second[stays]
    assert len(first) > 50
    assert may_receive(day, state, 0)[first].all()
    touches.deliver(day, state, mailed(day, second, is_dead=True), policy="legacy")
    assert not may_receive(day, state, 0)[first].any()
    assert not may_receive(day, state, 0)[second].any()
    others = np.setdiff1d(PEOPLE.number[PEOPLE.joined <= 60], np.concatenate([first, second]))
    assert may_receive(day, state, 0)[others].all()


def test_whoever_has_a_new_address_after_a_bounce_is_written_to_again() -> None:
    state = permitting()
    moving = np.flatnonzero((PEOPLE.new_email_day > 20) & ~PEOPLE.shares_inbox & ~PEOPLE.account_mistyped)
    moving = moving[PEOPLE.joined[moving] <= 10].astype(np.int32)
    assert len(moving) > 50
    touches.deliver(day_of(10), state, mailed(day_of(10), moving, is_dead=True), policy="legacy")
    for day in (day_of(20), day_of(40)):
        has_moved = PEOPLE.new_email_day[moving] <= day.number
        assert may_receive(day, state, 0)[moving].tolist() == has_moved.tolist()
        assert has_moved.any() == (day.number == 40)


def test_a_second_message_on_a_day_is_another_chance() -> None:
    state, day = permitting(), day_of(60)
    who = PEOPLE.number[~PEOPLE.shares_inbox & ~PEOPLE.account_mistyped]
    mails = pl.concat([mailed(day, who), mailed(day, who)])
    delivery = touches.deliver(day, state, mails, policy="legacy")
    read = delivery.truth["is_read"].to_numpy().reshape(2, len(who))
    by_chance = read[0].mean() * read[1].mean() + (1 - read[0].mean()) * (1 - read[1].mean())
    assert read[0].sum() > 300
    assert by_chance <= (read[0] == read[1]).mean() < by_chance + 0.1
    sent = delivery.messages.filter(event="sent").group_by("person").agg(pl.col("at").n_unique())
    assert (sent["at"] == 2).mean() > 0.5


def test_the_first_message_of_a_day_fares_the_same_whether_or_not_a_second_comes() -> None:
    day = day_of(60)
    who = PEOPLE.number[:3000]
    alone = touches.deliver(day, permitting(), mailed(day, who), policy="legacy").truth["is_read"]
    mails = pl.concat([mailed(day, who), mailed(day, who)])
    together = touches.deliver(day, permitting(), mails, policy="legacy").truth["is_read"]
    assert together.head(len(who)).equals(alone)


def test_whoever_has_a_card_only_is_written_to_at_an_address_that_was_stated() -> None:
    who = PEOPLE.number[PEOPLE.account_mistyped & ~PEOPLE.has_account]
    assert len(who) > 5
    assert (identity.mail_version(PEOPLE, who, 0) == identity.ON_FILE).all()
