"""Blows that a night is dealt: which of its processes is killed, and when."""

import os
import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from tests.faults.nights import DBT, GATES, MOMENTS, NightProcess

# naming a number of random kills makes a campaign of it, with all that takes minutes
IS_CAMPAIGN = "KILLS" in os.environ
KILLS = int(os.environ.get("KILLS", "2"))

# the night's own process as often as its two helpers together
VICTIMS = {"night": 2, "dbt": 1, "gates": 1}
HELPERS = {"dbt": DBT, "gates": GATES}
SEED = 20240629


class Blow(NamedTuple):
    """A kill of one process, a share of the usual time to the next moment after a moment."""

    victim: str
    moment: str
    share: float = 0.0

    def __str__(self) -> str:
        return f"{self.victim} killed {self.share:.2f} after {self.moment}"


class Struck(NamedTuple):
    """What came of a blow: how a night ended that lost a helper, with all that it printed."""

    code: int | None = None
    said: str = ""


def rounds(kills: int) -> Iterator[list[Blow]]:
    """Blows in rounds of three, one and two nights, which the next night has to make good.

    Moments are drawn like cards from a pack, so that each comes as often as any other.
    """
    chance = random.Random(SEED)  # noqa: S311 (a seed, so that a failure can be repeated)
    pack: list[str] = []
    for size in cycle((3, 1, 2)):
        blows = []
        for _ in range(min(size, kills)):
            pack = pack or chance.sample(list(MOMENTS), len(MOMENTS))
            (victim,) = chance.choices(list(VICTIMS), list(VICTIMS.values()))
            blows.append(Blow(victim, pack.pop(), round(chance.random(), 2)))
        if not blows:
            return
        kills -= len(blows)
        yield blows


def strike(shop: Path, blow: Blow) -> Struck:
    """Run nights, whether they stand or not, until one of its processes is killed before its night's end."""
    for share in (blow.share, blow.share / 2, 0.0):
        night = NightProcess(shop, "--again")
        if night.reaches(blow.moment):
            night.goes_on(share * MOMENTS[blow.moment])
        if blow.victim not in HELPERS:
            if night.kill():
                return Struck()
        elif night.kill_helper(HELPERS[blow.victim]):
            return Struck(*night.end())
        code, said = night.end()
        assert code == 0, said
    raise AssertionError(f"{blow} came too late three times, and so was none")
