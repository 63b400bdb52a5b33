"""What an action does to each person, known before it is taken.

Any action id of any store has effects, because they are drawn from its name: some people are persuaded, a
fraction is put off, and most would have bought or stayed away anyway (the four groups of uplift modelling:
Radcliffe and Surry 1999, "Differential response analysis"). An effect on the rate needs a message that is
read; an effect on the hazard needs only its arrival.
"""

import numpy as np

from regulars.simulation import draws
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.people import People
from regulars.simulation.state import State

SHARE_PERSUADED = 0.34
SHARE_PUT_OFF = 0.13
HALF_LIFE_DAYS = 7.0
OFFER_LASTS_DAYS = 14
_DAILY = 0.5 ** (1 / HALF_LIFE_DAYS)
_MOST = 1.6


def action_strength(seed: int, action: str) -> float:
    """How strong an action is compared with others, 0.5 to 1.5."""
    return float(0.5 + draws.uniform(seed, f"strength of {action}", np.array([0]))[0])


def action_effects(
    seed: int, people: People, who: Ints, *, action: str, carries_offer: bool
) -> tuple[Floats, Floats]:
    """What the action adds to the logarithm of each person's purchase rate and of the hazard at first.

    Both halve every `HALF_LIFE_DAYS`; over all days an addition sums to about 10.6 times its first day.
    """
    group = draws.uniform(seed, f"effect of {action}", who)
    size = 0.5 + draws.uniform(seed, f"size of {action}", who)
    is_persuaded, is_put_off = group < SHARE_PERSUADED, group > 1 - SHARE_PUT_OFF
    fits = 0.4 + 1.2 * people.price_sensitivity[who] if carries_offer else 0.5 + people.responsiveness[who]
    strength = action_strength(seed, action)
    on_rate = np.where(is_persuaded, 0.55 * fits * size * strength, np.where(is_put_off, -0.2 * size, 0.0))
    on_hazard = np.where(is_persuaded, -0.25 * size * strength, np.where(is_put_off, 0.7 * size, 0.0))
    return on_rate.astype(np.float32), on_hazard.astype(np.float32)


def apply_effects(state: State, who: Ints, *, on_rate: Floats, on_hazard: Floats) -> None:
    """Add effects to the people touched; several touches of one person add up, within bounds."""
    np.add.at(state.uplift, who, on_rate)
    np.add.at(state.disturbance, who, on_hazard)
    state.uplift[who] = state.uplift[who].clip(-_MOST, _MOST)
    state.disturbance[who] = state.disturbance[who].clip(-_MOST, _MOST)


def fade(state: State) -> None:
    """One day passes over every effect."""
    state.uplift *= np.float32(_DAILY)
    state.disturbance *= np.float32(_DAILY)
