"""When people leave for good: a hazard that service, actions and, after the drift, prices move.

A person leaves when the accumulated hazard exceeds the person's budget, drawn once from Exp(1), so a policy
shifts the day of leaving and nothing else about chance. Before the drift bad moods drive people away, and
whoever is about to leave visits less for weeks; after it moods matter little, price sensitivity does, and
visits no longer announce a departure. A model trained before the drift misses it.
"""

import numpy as np

from regulars.simulation import draws
from regulars.simulation.day import Day
from regulars.simulation.draws import Bools, Floats, Ints
from regulars.simulation.state import State

MOOD_SLOPE, MOOD_SLOPE_AFTER_DRIFT = 1.6, 0.2
PRICE_SLOPE_AFTER_DRIFT = 1.6
COOLING_DAYS = 45.0
_COOLEST = 0.15


def active(day: Day, state: State) -> Bools:
    """Who has joined and not left."""
    return (day.people.joined <= day.number) & (state.left_on < 0)


def hazard_today(day: Day, state: State, who: Ints) -> Floats:
    """Each active person's hazard of leaving today."""
    people = day.people
    slope = MOOD_SLOPE_AFTER_DRIFT if day.is_drifted else MOOD_SLOPE
    exponent = state.disturbance[who] - np.float32(slope) * state.mood[who]
    if day.is_drifted:
        exponent += np.float32(PRICE_SLOPE_AFTER_DRIFT) * (people.price_sensitivity[who] - np.float32(0.4))
    return people.hazard[who] * draws.exp(exponent)


def cooling(day: Day, state: State, who: Ints) -> Floats:
    """Factor on visits: before the drift, people whose days are numbered come less and less."""
    if day.is_drifted:
        return np.ones(len(who), dtype=np.float32)
    people = day.people
    days_left = (people.budget[who] - state.hazard_so_far[who]) / people.hazard[who]
    return (days_left / np.float32(COOLING_DAYS)).clip(_COOLEST, 1.0)


def depart(day: Day, state: State, who: Ints) -> Ints:
    """Let those of the active people leave whose budget is used up, and return them."""
    people = day.people
    state.hazard_so_far[who] += hazard_today(day, state, who)
    bought_once = people.buys_once[who] & (state.orders[who] > 0)
    leaving = who[(state.hazard_so_far[who] > people.budget[who]) | bought_once | state.is_erased[who]]
    state.left_on[leaving] = day.number
    return leaving
