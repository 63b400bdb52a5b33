"""One day of a world: what every behaviour needs to know about it, and nothing that it changes."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.simulation import draws
from regulars.simulation.catalogue import Catalogue
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.people import People
from regulars.simulation.world import World

LAST_SECOND = 22.9 * 3600  # a day of 23 hours, when clocks go forward, ends here


@dataclass(frozen=True)
class Day:
    """A day and everything fixed about the world on it."""

    world: World
    people: People
    catalogue: Catalogue
    number: int

    @cached_property
    def date(self) -> date:
        """Its date in the world's time zone."""
        return self.world.date_of(self.number)

    @property
    def is_drifted(self) -> bool:
        """Whether the planted drift has begun."""
        return self.number >= self.world.drift_day

    @cached_property
    def prices_cents(self) -> Ints:
        """Today's price of each product."""
        return self.catalogue.prices_cents(self.number)

    @cached_property
    def costs_cents(self) -> Ints:
        """What each product costs the company."""
        return self.catalogue.costs_cents

    def chance(self, purpose: str, who: Ints, n: int = 0) -> NDArray[np.float64]:
        """One number in [0, 1) for each person, today and for this purpose."""
        return draws.uniform(self.world.seed, purpose, who, self.number, n)

    def normal(self, purpose: str, who: Ints) -> NDArray[np.float64]:
        """One standard normal number for each person, today and for this purpose."""
        return draws.normal(self.world.seed, purpose, who, self.number)

    def at(self, seconds: Floats) -> NDArray[Any]:
        """Moments of the day as naive UTC of millisecond precision, from local seconds after midnight."""
        bounded = np.asarray(seconds, dtype=np.float64).clip(0, LAST_SECOND)
        return self.world.midnight(self.number) + np.round(bounded * 1000).astype("timedelta64[ms]")
