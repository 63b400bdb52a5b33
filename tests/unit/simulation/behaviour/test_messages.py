"""Messages go to those who permitted them, and what happens to one follows from what happened before."""

import numpy as np
import polars as pl

from regulars.simulation.behaviour.effects import action_effects
from regulars.simulation.people import draw_people
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
    orders = [
        each.all("orders").filter(pl.col("person").is_in(untouched)).select("person", "at", "subtotal_cents")
        for each in (silent, written_to)
    ]
    assert orders[0].height > 50
    assert orders[0].equals(orders[1])
    assert silent.all("messages").is_empty()
