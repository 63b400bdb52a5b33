"""One day of the world: every behaviour in its turn, and the facts and outcome of the day."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from regulars.simulation.behaviour import (
    consent,
    departure,
    effects,
    joining,
    orders,
    purchases,
    service,
    surveys,
    tickets,
    touches,
    web,
)
from regulars.simulation.catalogue import EXPORTED_EVERY_DAYS
from regulars.simulation.day import Day
from regulars.simulation.draws import Ints
from regulars.simulation.facts import DayFacts, day_of_facts
from regulars.simulation.policies import Policy
from regulars.simulation.state import State
from regulars.simulation.truth import DayOutcome


@dataclass(frozen=True)
class SimulatedDay:
    """A day as the systems will state it, and as it was."""

    facts: DayFacts
    outcome: DayOutcome
    touches: pl.DataFrame


def step(day: Day, state: State, policy: Policy) -> SimulatedDay:
    """Simulate one day; the state goes on to its evening."""
    who = np.flatnonzero(departure.active(day, state)).astype(np.int32)
    delivery = touches.deliver(day, state, policy.plan(day, state), policy=policy.name)
    bought = purchases.purchases(day, state, who)
    priced = orders.price(day, state, bought, purchases.baskets(day, bought.who))
    visits = web.sessions(day, purchases.browsing(day, state, who), delivery.clickers, priced)
    order_frame, line_frame = orders.order_frames(day, state, priced)
    state.remember(day.number, order_frame, line_frame)
    parcels = service.arrivals(day, state)
    frames = {
        "orders": order_frame,
        "order_lines": line_frame,
        "web_events": web.web_events(day, visits, priced),
        "messages": delivery.messages,
        "ticket_users": tickets.open_tickets(day, state, who, parcels),
        "tickets": tickets.ticket_versions(day, state),
        "survey_answers": surveys.survey_answers(day, state, who, parcels=parcels, visits=visits),
        **service.refunds(day, state),
        **_people_frames(day, state, who, priced, delivery.unsubscribed),
    }
    if day.number % EXPORTED_EVERY_DAYS == 0:
        frames["products"] = day.catalogue.frame(day.number)
    service.expect(day, state, priced)
    leaving = departure.depart(day, state, who)
    _pass_night(day, state)
    state.day = day.number
    outcome = _outcome(day, policy, priced, delivery, (len(who), len(leaving)))
    return SimulatedDay(day_of_facts(day.date, day.number, frames), outcome, delivery.truth)


def _people_frames(
    day: Day, state: State, who: Ints, priced: orders.PricedOrders, unsubscribed: Ints
) -> dict[str, pl.DataFrame]:
    """What changed about people themselves."""
    consents, restated = consent.statements(day, state, who, priced=priced, unsubscribed=unsubscribed)
    counted = priced.to_accounts
    ordered = pl.DataFrame(
        {
            "person": priced.buyers.owner[counted].astype(np.int32),
            "is_second": priced.buyers.account[counted] == 1,
            "at": day.at(priced.seconds[counted]),
        }
    )
    return {
        "erasures": consent.erasures(day, state),
        "consents": consents,
        "preferences": consent.preferences(day, who),
        "cards": joining.cards(day),
        "shop_customers": joining.shop_customers(
            day,
            state,
            new=joining.new_accounts(day),
            changed=restated,
            ordered=ordered,
        ),
    }


def _pass_night(day: Day, state: State) -> None:
    effects.fade(state)
    touches.forget_touches(state)
    service.recover(state, day.people.usual_mood)


def _outcome(
    day: Day,
    policy: Policy,
    priced: orders.PricedOrders,
    delivery: touches.Delivery,
    people: tuple[int, int],
) -> DayOutcome:
    active_people, drop_outs = people
    return DayOutcome(
        day=day.date,
        policy=policy.name,
        orders=len(priced.who),
        revenue_cents=int(priced.net_cents.sum()),
        margin_cents=priced.margin_cents,
        messages=delivery.truth.height,
        unsubscribes=len(delivery.unsubscribed),
        complaints=delivery.complaints,
        active_people=active_people,
        drop_outs=drop_outs,
    )
