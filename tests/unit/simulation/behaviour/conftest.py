"""A small world that lived seven weeks under the company's old habits."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from regulars.simulation.behaviour.step import SimulatedDay, step
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.choices import PolicyName
from regulars.simulation.day import Day
from regulars.simulation.people import People, draw_people
from regulars.simulation.policies import Policy
from regulars.simulation.state import State, first_state
from regulars.simulation.world import World


@dataclass(frozen=True)
class History:
    """A world, its people, what they did and how they were in the end."""

    world: World
    people: People
    state: State
    days: list[SimulatedDay]

    def all(self, kind: str) -> pl.DataFrame:
        """Every row of one kind of fact."""
        return pl.concat([getattr(day.facts, kind) for day in self.days])


def lived(world: World, policy: PolicyName = "legacy") -> History:
    """Let a world live in memory."""
    people, catalogue = draw_people(world), draw_catalogue(world)
    state = first_state(people)
    chosen = Policy(policy, Path())
    days = [step(Day(world, people, catalogue, number), state, chosen) for number in range(world.days)]
    return History(world, people, state, days)


@pytest.fixture(scope="session")
def history() -> History:
    return lived(World(customers=2500, days=49, joining_days=60, drift_day=40))
