"""Before the drift bad service drives people away and fewer visits announce it; after it neither does."""

from functools import partial

import numpy as np
import pytest

from regulars.simulation.behaviour.departure import active, cooling, depart, hazard_today
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.day import Day
from regulars.simulation.people import draw_people
from regulars.simulation.state import State, first_state
from regulars.simulation.world import World

WORLD = World(customers=4000, days=100, drift_day=50)
PEOPLE = draw_people(WORLD)
DAY = partial(Day, WORLD, PEOPLE, draw_catalogue(WORLD))
BEFORE, AFTER = DAY(49), DAY(50)


def state_with(**values: float) -> State:
    state = first_state(PEOPLE)
    for name, value in values.items():
        getattr(state, name)[:] = value
    return state


def test_a_bad_mood_matters_before_the_drift_and_hardly_after() -> None:
    who = PEOPLE.number
    ratios = [
        (hazard_today(day, state_with(mood=-1), who) / hazard_today(day, state_with(mood=0), who)).mean()
        for day in (BEFORE, AFTER)
    ]
    assert ratios[0] == pytest.approx(np.exp(1.6), rel=1e-3)
    assert ratios[1] == pytest.approx(np.exp(0.2), rel=1e-3)


def test_price_sensitivity_matters_only_after_the_drift() -> None:
    who = PEOPLE.number
    for day, low, high in ((BEFORE, -0.05, 0.05), (AFTER, 0.9, 1.0)):
        extra = np.log(hazard_today(day, state_with(mood=0), who) / PEOPLE.hazard[who])
        related = np.corrcoef(extra + 1e-9 * who, PEOPLE.price_sensitivity[who])[0, 1]
        assert low <= related <= high + 0.01


def test_visits_announce_a_departure_only_before_the_drift() -> None:
    state = state_with()
    state.hazard_so_far = (PEOPLE.budget - 5 * PEOPLE.hazard).astype(np.float32)
    assert cooling(BEFORE, state, PEOPLE.number).max() <= 0.16
    assert (cooling(AFTER, state, PEOPLE.number) == 1).all()


def test_whoever_left_stays_away() -> None:
    state = state_with(hazard_so_far=100)
    who = PEOPLE.number[active(BEFORE, state)]
    assert len(depart(BEFORE, state, who)) == len(who) > 0
    assert not active(AFTER, state)[who].any()


def test_people_who_buy_once_leave_after_their_first_order() -> None:
    state = state_with(orders=1)
    who = PEOPLE.number[active(BEFORE, state)]
    left = depart(BEFORE, state, who)
    assert set(who[PEOPLE.buys_once[who]]) <= set(left)
    assert not set(who[~PEOPLE.buys_once[who] & (state.hazard_so_far[who] <= PEOPLE.budget[who])]) & set(left)


def test_a_disturbed_person_is_likelier_to_leave() -> None:
    who = PEOPLE.number
    calm, disturbed = (
        hazard_today(BEFORE, state_with(), who),
        hazard_today(BEFORE, state_with(disturbance=0.7), who),
    )
    assert (disturbed > calm).all()
