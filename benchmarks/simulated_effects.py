"""Tries how experiments are read on people of whom it is known what a message does to each of them.

    python benchmarks/simulated_effects.py [--people N] [--experiments N] [--units N] [--seed N] [--json FILE]

A world is simulated for some months, and then for 30 days under each of several actions, and under none, with
the same random numbers: whoever may get e-mail gets the action once a week. So it is known what each person
spends under each, which no real experiment tells, and with that the truth, the mean difference over all.
Experiments draw units, with replacement, and an arm for each by the toss of a coin, see what she spends under
her arm alone, and are read by `compare`, with CUPED from the 30 days before. Printed: the truth of each pair
of arms, and how often 95 % intervals hold it, with the 95 % binomial interval of that (Wilson).
"""

import argparse
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from experiments import CENTS, HORIZON, Ints, People, moments, wilson

from regulars.models.experiments.outcomes import METRICS
from regulars.models.experiments.readout import compare
from regulars.simulation.behaviour.step import step
from regulars.simulation.behaviour.touches import PLANNED
from regulars.simulation.catalogue import draw_catalogue
from regulars.simulation.day import Day
from regulars.simulation.people import draw_people
from regulars.simulation.policies import Policy, StoreAction, may_receive, planned
from regulars.simulation.state import State, first_state
from regulars.simulation.world import World

HISTORY, EVERY_DAYS, EMAIL = 120, 7, 0
ACTIONS = (
    StoreAction("early_access", carries_offer=False, channels=("email",)),
    StoreAction("we_miss_you_offer", carries_offer=True, channels=("email",)),
    StoreAction("thank_you_gift", carries_offer=True, channels=("email",)),
)


@dataclass(frozen=True)
class Weekly(Policy):
    """Writes to everybody who may get e-mail, on the first day and each week after it."""

    since: int = 0

    def plan(self, day: Day, state: State) -> pl.DataFrame:
        """The messages of a day, with the columns of `PLANNED`."""
        if not self.actions or (day.number - self.since) % EVERY_DAYS:
            return PLANNED.to_frame()
        (action,) = self.actions
        who = np.flatnonzero(may_receive(day, state, EMAIL)).astype(np.int32)
        index = np.full(len(who), state.action_index(action.action))
        frame = planned(day, who, channel=np.full(len(who), EMAIL), action=index)
        return frame.with_columns(carries_offer=pl.lit(action.carries_offer))


@dataclass(frozen=True)
class Known:
    """What each person spent before a day, and spends after it under each action, in cents."""

    before: Ints
    after: dict[str, Ints]


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=20_000, help="people of the world")
    parser.add_argument("--experiments", type=int, default=500, help="experiments of each pair of arms")
    parser.add_argument("--units", type=int, default=4_000, help="units of an experiment, of both arms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    known = spent_under_each(World(customers=arguments.people, days=HISTORY + HORIZON, seed=arguments.seed))
    print(
        f"{len(known.before):,} people, {np.count_nonzero(known.after['none']) / len(known.before):.1%} spend"
    )
    random = np.random.default_rng(arguments.seed)
    figures: dict[str, list[float]] = {}
    for name, hits, tries in _campaign(known, arguments.experiments, arguments.units, random):
        low, high = wilson(hits, tries)
        figures[name] = [hits / tries, low, high]
        print(f"{name:72} {hits / tries:8.2%}  [{low:.2%}, {high:.2%}]  of {tries:,}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def spent_under_each(world: World) -> Known:
    """Simulate the world's history, and its last 30 days under each action; of who may get e-mail."""
    people, catalogue = draw_people(world), draw_catalogue(world)
    state = first_state(people)
    old = Policy("legacy", Path())
    days = [Day(world, people, catalogue, number) for number in range(world.days)]
    history, future = days[:-HORIZON], days[-HORIZON:]
    _live(history[:-HORIZON], state, old)
    before = _live(history[-HORIZON:], state, old)
    after = {
        (actions[0].action if actions else "none"): _live(
            future, deepcopy(state), Weekly("none", Path(), actions, since=future[0].number)
        )
        for actions in ((), *((action,) for action in ACTIONS))
    }
    asked = np.flatnonzero(may_receive(history[-1], state, EMAIL))
    return Known(before[asked], {name: spent[asked] for name, spent in after.items()})


def _live(days: list[Day], state: State, policy: Policy) -> Ints:
    """What each person spends on those days, in cents; the state goes on."""
    spent = np.zeros(len(state.mood), dtype=np.int64)
    for day in days:
        orders = step(day, state, policy).facts.orders
        cents = (orders["subtotal_cents"] - orders["discount_cents"]).to_numpy()
        np.add.at(spent, orders["person"].to_numpy(), cents)
    return spent


def _campaign(
    known: Known, experiments: int, units: int, random: np.random.Generator
) -> Iterator[tuple[str, int, int]]:
    for control, treatment in combinations(known.after, 2):
        base = float(np.mean(known.after[control])) / CENTS
        truth = float(np.mean(known.after[treatment])) / CENTS - base
        name = f"{control} to {treatment} ({truth:+.2f} of {base:.2f}, {truth / base:+.1%})"
        held = [holds(known, control, treatment, units, random) for _ in range(experiments)]
        yield f"{name}: difference", sum(difference for difference, _ in held), experiments
        yield f"{name}: lift", sum(lift for _, lift in held), experiments


def holds(
    known: Known, control: str, treatment: str, units: int, random: np.random.Generator
) -> tuple[bool, bool]:
    """Whether the intervals of one experiment hold the true difference and the true lift."""
    drawn, is_treated = random.integers(len(known.before), size=units), random.random(units) < 1 / 2
    arms = [
        moments(People(known.after[arm], known.before).drawn(drawn[is_treated == is_arm]))
        for arm, is_arm in ((control, False), (treatment, True))
    ]
    means = [float(np.mean(known.after[arm])) / CENTS for arm in (control, treatment)]
    found = compare(*arms, METRICS["revenue"], alpha=0.05, planned_units=units)
    if found is None or found.lift_low is None or found.lift_high is None:
        return False, False
    difference, lift = means[1] - means[0], means[1] / means[0] - 1
    return (
        found.difference_low <= difference <= found.difference_high,
        found.lift_low <= lift <= found.lift_high,
    )


if __name__ == "__main__":
    main()
